import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  startEmbeddedClickHouse,
  type EmbeddedClickHouse,
  type EngineConnection,
  type EngineOptions,
} from './embedded-clickhouse.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

describe('an engine that runs', () => {
  const dataDir = temporaryDir()
  let engine: EmbeddedClickHouse

  beforeAll(async () => {
    engine = await startEmbeddedClickHouse({
      dataDir,
      log: silent,
      readableDatabases: ['aftermath_shop'],
    })
    await engine.up()
    await ask(engine.connection, 'CREATE DATABASE aftermath_shop')
    await ask(engine.connection, 'CREATE DATABASE aftermath')
    for (const database of ['aftermath_shop', 'aftermath']) {
      await ask(engine.connection, `CREATE TABLE ${database}.t (x UInt8) ORDER BY x`)
    }
  })
  afterAll(async () => {
    await engine[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true })
  })

  test('is a ClickHouse with databases of the Atomic kind', async () => {
    const sql = "SELECT engine FROM system.databases WHERE name = 'aftermath_shop'"
    expect(await ask(engine.connection, sql)).toBe('Atomic')
  })

  test.each([
    { who: 'nobody', headers: {} },
    { who: 'who guesses the header', headers: { 'X-Aftermath-Engine': 'x'.repeat(64) } },
    { who: 'who knows the password alone', headers: {}, knowsPassword: true },
  ])('does not know $who', async ({ headers, knowsPassword }) => {
    const { username, password } = knowsPassword
      ? engine.connection
      : { username: 'default', password: '' }
    const stranger = { ...engine.connection, username, password, headers }
    expect(await statusOf(stranger, 'SELECT 1')).toBe(404)
  })

  test.each([
    'SELECT * FROM aftermath.t',
    'SELECT * FROM system.users',
    'SELECT * FROM system.tables WHERE 1 = 0 UNION ALL SELECT * FROM system.tables',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    'CREATE TABLE aftermath.u (x UInt8) ORDER BY x',
  ])('lets the user without a password do no "%s"', async (sql) => {
    const stranger = { ...engine.connection, username: 'default', password: '' }
    expect(await outcomeOf(stranger, sql)).toMatch(/ACCESS_DENIED|^$/)
  })

  test('lets the reader read its databases', async () => {
    expect(await ask(engine.reader, 'SELECT count() FROM aftermath_shop.t')).toBe('0')
  })

  test.each([
    'SELECT * FROM aftermath.t',
    'INSERT INTO aftermath_shop.t VALUES (1)',
    'DROP TABLE aftermath_shop.t',
    'SELECT 1 SETTINGS max_execution_time = 0',
    'SELECT 1 SETTINGS max_execution_time = 31',
    'SELECT 1 SETTINGS max_memory_usage = 0',
    'SELECT 1 SETTINGS readonly = 0',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
  ])('lets the reader do no "%s"', async (sql) => {
    expect(await outcomeOf(engine.reader, sql)).toMatch(
      /ACCESS_DENIED|READONLY|SETTING_CONSTRAINT_VIOLATION/,
    )
  })

  test('keeps no log tables', async () => {
    const sql =
      "SELECT count() FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'"
    expect(await ask(engine.connection, sql)).toBe('0')
  })

  test('keeps its secrets out of the process list and closed to other accounts', () => {
    const { password, headers } = engine.connection
    const secrets = [password, engine.reader.password, ...Object.values(headers)]
    const commandLine = readFileSync(`/proc/${engine.pid}/cmdline`, 'utf8')
    for (const secret of secrets) expect(commandLine).not.toContain(secret)
    for (const file of ['config/config.xml', 'config/users.xml', 'engine.json', 'log/engine.log']) {
      expect(statSync(join(dataDir, file)).mode & 0o077).toBe(0)
    }
  })

  test('is in a process group of its own, and the first to go when memory runs out', () => {
    const stat = readFileSync(`/proc/${engine.pid}/stat`, 'utf8')
    const group = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]
    expect(Number(group)).toBe(engine.pid)
    expect(readFileSync(`/proc/${engine.pid}/oom_score_adj`, 'utf8').trim()).toBe('500')
  })

  test('leaves the processor to others who want it', () => {
    const niceness = Math.min(19, getPriority() + 5)
    expect(getPriority(engine.pid)).toBe(niceness)
    const group = `/proc/${engine.pid}/autogroup`
    if (existsSync(group)) expect(readFileSync(group, 'utf8')).toContain(`nice ${niceness}`)
  })

  test('lets nobody else start on its directory, and says who has it', async () => {
    await expect(start({ dataDir })).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`process ${process.pid}`),
    })
  })

  test('has every row that it acknowledged after a kill -9', async () => {
    const before = engine.connection
    await ask(
      before,
      `CREATE TABLE aftermath_shop.kept (x UInt32) ORDER BY x
       SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
    )
    const acknowledged: number[] = []
    const inserting = insertUntilItFails(before, acknowledged)
    await expect.poll(() => acknowledged.length).toBeGreaterThan(20)
    process.kill(engine.pid!, 'SIGKILL')
    await inserting
    await expect.poll(() => engine.restarts).toBe(1)
    await engine.up()

    expect(engine.connection).toEqual(before)
    const rows = await ask(before, 'SELECT x FROM aftermath_shop.kept ORDER BY x')
    expect(rows.split('\n').map(Number)).toEqual(expect.arrayContaining(acknowledged))
  })
})

describe('starting and stopping', () => {
  test('what was stored is there after the next start', async () => {
    const dataDir = temporaryDir()
    onTestFinished(() => rmSync(dataDir, { recursive: true }))
    {
      await using engine = await startUp({ dataDir })
      await ask(engine.connection, 'CREATE DATABASE shop')
      await ask(engine.connection, 'CREATE TABLE shop.t (x UInt8) ORDER BY x')
      await ask(engine.connection, 'INSERT INTO shop.t VALUES (42)')
    }
    await using engine = await startUp({ dataDir })
    expect(await ask(engine.connection, 'SELECT x FROM shop.t')).toBe('42')
  })

  test('a port that is taken is named', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = server.address()
    const httpPort = typeof address === 'object' ? address!.port : 0
    await expect(start({ httpPort })).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(String(httpPort)),
    })
  })

  test('what the engine says of a configuration it refuses is shown', async () => {
    const engine = await start({ memoryBytesMax: Number.NaN })
    await expect(engine.up()).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringMatching(/refused to start: .*Exception.*NaN/),
    })
    await engine[Symbol.asyncDispose]()
  })

  test('stopping it twice is stopping it once', async () => {
    const engine = await startUp({})
    await Promise.all([engine[Symbol.asyncDispose](), engine[Symbol.asyncDispose]()])
    await engine[Symbol.asyncDispose]()
    expect(engine.state).toBe('stopped')
  })

  test('an aborted signal stops it', async () => {
    const stop = new AbortController()
    const engine = await startUp({ signal: stop.signal })
    stop.abort()
    await expect.poll(() => engine.state).toBe('stopped')
    expect(engine.pid).toBeUndefined()
  })

  test('stops in time while a query runs', async () => {
    const engine = await startUp({})
    const query = outcomeOf(engine.connection, 'SELECT sleepEachRow(3) FROM numbers(60)')
    await expect
      .poll(() =>
        ask(
          engine.connection,
          "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%'",
        ),
      )
      .toBe('2') // that one, and the asking one
    const startedMs = performance.now()
    await engine[Symbol.asyncDispose]()
    expect(performance.now() - startedMs).toBeLessThan(13_000)
    await query
  })

  test('its end follows that of a parent that was killed, and its directory is free again', async () => {
    const dataDir = temporaryDir()
    onTestFinished(() => rmSync(dataDir, { recursive: true }))
    const { parent, enginePid } = await startParent(dataDir)
    process.kill(enginePid, 'SIGSTOP') // closing takes a while
    parent.kill('SIGKILL')
    await once(parent, 'exit')

    await using next = await start({ dataDir })
    await expect.poll(() => readFileSync(join(dataDir, 'log/stderr.log'), 'utf8')).toMatch('lock')
    expect(next.state).toBe('starting')
    process.kill(enginePid, 'SIGCONT')
    await next.up()
    expect(isAlive(enginePid)).toBe(false)
  })
})

async function start(options: Partial<EngineOptions>): Promise<EmbeddedClickHouse> {
  if (options.dataDir !== undefined) {
    return startEmbeddedClickHouse({ dataDir: options.dataDir, log: silent, ...options })
  }
  const dataDir = temporaryDir()
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  return startEmbeddedClickHouse({ dataDir, log: silent, ...options })
}

async function startUp(options: Partial<EngineOptions>): Promise<EmbeddedClickHouse> {
  const engine = await start(options)
  await engine.up()
  return engine
}

async function startParent(dataDir: string) {
  const script = fileURLToPath(new URL('../test/parent.ts', import.meta.url))
  const parent = spawn(process.execPath, [script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(parent.stdout, 'data')
  return { parent, enginePid: Number(String(line)) }
}

/** Neither gone nor a zombie that nobody has asked after. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
  } catch {
    return false
  }
}

function temporaryDir(): string {
  return mkdtempSync(join(tmpdir(), 'aftermath-engine-'))
}

async function insertUntilItFails(to: EngineConnection, acknowledged: number[]): Promise<void> {
  for (let x = 0; ; x++) {
    try {
      await ask(to, `INSERT INTO aftermath_shop.kept SETTINGS async_insert = 0 VALUES (${x})`)
      acknowledged.push(x)
    } catch {
      return
    }
  }
}

/** The answer's text. @throws when it is an error */
async function ask(to: EngineConnection, sql: string): Promise<string> {
  const answer = await post(to, sql)
  const text = (await answer.text()).trim()
  if (!answer.ok) throw new Error(text)
  return text
}

async function statusOf(to: EngineConnection, sql: string): Promise<number> {
  const answer = await post(to, sql)
  await answer.body?.cancel()
  return answer.status
}

/** The answer's text, or that of its error. */
async function outcomeOf(to: EngineConnection, sql: string): Promise<string> {
  return post(to, sql).then(
    (answer) => answer.text(),
    (error: unknown) => String(error),
  )
}

function post({ url, username, password, headers }: EngineConnection, sql: string) {
  const authorization = `Basic ${btoa(`${username}:${password}`)}`
  return fetch(url, {
    method: 'POST',
    body: sql,
    headers: { ...headers, authorization, connection: 'close' },
  })
}
