import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { collectorEnvironment, collectorFlags } from '../../scripts/collector-process.mjs'
import { until } from './until.ts'

const MAIN = fileURLToPath(new URL('../../collector/src/main.ts', import.meta.url))

const Run = z.object({
  app: z.string(),
  ingest: z.string(),
  grpc: z.string(),
  clickhouse: z.string(),
  pids: z.object({ collector: z.int(), clickhouse: z.int().nullable() }),
})
type Run = z.output<typeof Run>

/** A whole Aftermath in a directory of its own: real process, real engine, free ports. */
export interface RunningCollector extends AsyncDisposable {
  readonly run: Run
  /** The embedded engine's process. @throws Error where there is none */
  readonly enginePid: number
  readonly dataDir: string
  readonly adminToken: string
  readonly ingestKey: string
  /** What it printed so far. */
  output(): string
  api(path: string, init?: RequestInit): Promise<Response>
  /** Rows of one statement, 64-bit integers as numbers. */
  sql(query: string, project?: string): Promise<unknown[][]>
  /** Rows of one statement by the names of their columns, 64-bit integers as the text they are sent as. */
  records(query: string, project?: string): Promise<Record<string, unknown>[]>
  kill(signal: NodeJS.Signals): Promise<number | null>
  /** Starts again on the same directory, after a stop or a kill. */
  restart(environment?: Record<string, string>): Promise<void>
}

/** @param existingDataDir removed in the end, like one of its own */
export async function startCollector(
  environment: Record<string, string> = {},
  existingDataDir?: string,
): Promise<RunningCollector> {
  const dataDir = existingDataDir ?? (await mkdtemp(join(tmpdir(), 'aftermath-test-')))
  let started = await launch(dataDir, environment)

  const read = async (name: string) => (await readFile(join(dataDir, name), 'utf8')).trim()
  const adminToken = await read('admin-token')
  const collector: RunningCollector = {
    get run() {
      return started.run
    },
    get enginePid() {
      const pid = started.run.pids.clickhouse
      if (pid === null) throw new Error('There is no embedded engine.')
      return pid
    },
    dataDir,
    adminToken,
    ingestKey: await read('ingest-key'),
    output: () => started.output.join(''),
    api(path, init = {}) {
      const headers = new Headers(init.headers)
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${adminToken}`)
      return fetch(`${started.run.app}${path}`, { ...init, headers })
    },
    async sql(query, project) {
      const { columns, data } = await ask(collector, query, project)
      const isWide = columns.map(({ type }) => /^(?:Nullable\()?U?Int64\)?$/.test(type))
      return data.map((row) => row.map((value, i) => (isWide[i] === true ? Number(value) : value)))
    },
    async records(query, project) {
      const { columns, data } = await ask(collector, query, project)
      return data.map((row) =>
        Object.fromEntries(row.map((value, i) => [columns[i]?.name ?? '', value])),
      )
    },
    async kill(signal) {
      started.child.kill(signal)
      if (started.child.exitCode === null && started.child.signalCode === null) {
        await once(started.child, 'exit')
      }
      return started.child.exitCode
    },
    async restart(more = {}) {
      started = await launch(dataDir, { ...environment, ...more })
    },
    async [Symbol.asyncDispose]() {
      await collector.kill('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return collector
}

const SqlAnswer = z.object({
  data: z.array(z.array(z.unknown())),
  meta: z.object({ columns: z.array(z.object({ name: z.string(), type: z.string() })) }),
})

async function ask({ api }: Pick<RunningCollector, 'api'>, query: string, project = 'default') {
  const answer = await api(`/api/v1/sql?project=${project}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  if (!answer.ok) throw new Error(`SQL is answered ${answer.status}: ${await answer.text()}`)
  const { data, meta } = SqlAnswer.parse(await answer.json())
  return { data, columns: meta.columns }
}

/** Starts a collector that is expected to end by itself. */
export async function runUntilEnd(environment: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const output: string[] = []
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, output: output.join('') }
}

type Started = { child: ChildProcess; run: Run; output: string[] }

async function launch(dataDir: string, environment: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [...collectorFlags, MAIN], {
    env: {
      PATH: process.env['PATH'],
      ...collectorEnvironment,
      AFTERMATH_DATA_DIR: dataDir,
      AFTERMATH_INGEST_PORT: '0',
      AFTERMATH_GRPC_PORT: '0',
      AFTERMATH_APP_PORT: '0',
      ...environment,
    },
    // The channel is its life line: when the test run dies, the collector ends.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.channel?.unref()
  const output: string[] = []
  child.stdout!.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => output.push(chunk.toString()))

  const runFile = join(dataDir, 'run.json')
  const run = await until('the collector is ready', async () => {
    if (child.exitCode !== null) throw new Error(`The collector ended: ${output.join('')}`)
    // A killed collector's file names the old process, until the new one removes it.
    const text = await readFile(runFile, 'utf8').catch(() => undefined)
    const found = text === undefined ? undefined : Run.safeParse(JSON.parse(text))
    return found?.success === true && found.data.pids.collector === child.pid
      ? found.data
      : undefined
  })
  return { child, run, output }
}
