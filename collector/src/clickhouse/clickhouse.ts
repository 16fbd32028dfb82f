import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startEmbeddedClickHouse } from '@aftermath/embedded-clickhouse'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { aborted, delay } from '../delay.ts'
import { fault } from '../fault.ts'
import { countBrokenParts } from './broken-parts.ts'
import { connectionOf, openClients, type Clients, type Connection } from './connection.ts'
import { migrate, prepareMigrations, readMigrations } from './migrate.ts'

/**
 * The one database, embedded or a server: started, supervised, migrated.
 *
 * Intake does not wait for it: everything here answers at once, and `ready` resolves when the
 * control plane's tables are there. Afterwards it may go away and come back; queries fail meanwhile.
 */
export interface ClickHouse extends AsyncDisposable {
  readonly clients: Clients
  /** A client of a user who may read the projects' databases and nothing else. */
  readerOf: (database: string) => ClickHouseClient
  readonly embedded: boolean
  readonly connection: Connection
  facts(): {
    up: boolean
    version: string | undefined
    restarts: number
    /** Ends of the embedded engine by its own fault. */
    crashes: number
    /** Parts that could not be read and are set aside, as of the last look. */
    brokenParts: number
    pid: number | undefined
  }
  /** Calls back each time that it answers again. @returns what ends that */
  onUp: (listener: () => void) => () => void
  /**
   * Resolves once the control plane is migrated.
   * @throws MigrationRefused or the engine's own error, when a person has to act
   */
  ready(signal: AbortSignal): Promise<void>
  /** Brings a project's database up to date. */
  migrateProject(database: string): Promise<void>
}

const PROBE_INTERVAL_MS = 2000
const BROKEN_PARTS_INTERVAL_MS = 3_600_000

type Deps = { config: Config; log: Logger }

export async function startClickHouse({ config, log }: Deps): Promise<ClickHouse> {
  const engine = config.clickhouseUrl === undefined ? await openEngine(config, log) : undefined
  const connection = engine?.connection ?? connectionOf(config.clickhouseUrl!) // one of the two is there
  const clients = openClients(connection)
  const readerConnection = engine?.reader ?? { ...connection, ...newReader() }
  const readers = openClients(readerConnection)
  let hasReader = true
  const closing = new AbortController()
  let version: string | undefined
  let up = false
  let brokenParts = 0
  const upListeners = new Set<() => void>([() => void lookForBrokenParts()])

  async function probe(): Promise<void> {
    try {
      const answer = await clients.bare.query({ query: 'SELECT version()', format: 'TabSeparated' })
      version = (await answer.text()).trim()
      if (!up)
        log.info({ clickhouse: version, embedded: engine !== undefined }, 'ClickHouse answers')
      const isBack = !up
      up = true
      if (isBack) for (const listener of upListeners) listener()
    } catch (error) {
      if (up) log.warn({ err: error }, 'ClickHouse does not answer, intake goes on in the journal')
      up = false
    }
  }

  async function lookForBrokenParts(): Promise<void> {
    try {
      brokenParts = await countBrokenParts(clients.bare, log)
    } catch (error) {
      log.warn({ err: error }, 'ClickHouse does not say which parts it set aside')
    }
  }

  const projectMigrations = readMigrations('project')
  const prepared = (async () => {
    await probe()
    for (let waitMs = 100; !up; waitMs = Math.min(waitMs * 2, PROBE_INTERVAL_MS)) {
      await delay(waitMs, closing.signal)
      await probe()
    }
    await prepareMigrations(clients)
    const migrations = await readMigrations('control')
    const applied = await migrate({
      clients,
      database: 'aftermath',
      migrations,
      program: config.version,
    })
    if (engine === undefined) hasReader = await createReader(clients, readerConnection, log)
    if (applied.length > 0) log.info({ applied }, 'Control plane migrated')
  })()
  prepared.catch(() => {}) // whoever awaits `ready` hears of it

  const probing = setInterval(() => void probe(), PROBE_INTERVAL_MS)
  const looking = setInterval(() => void (up && lookForBrokenParts()), BROKEN_PARTS_INTERVAL_MS)
  return {
    clients,
    readerOf: (database) => (hasReader ? readers : clients).of(database),
    connection,
    embedded: engine !== undefined,
    facts: () => ({
      up,
      version,
      restarts: engine?.restarts ?? 0,
      crashes: engine?.crashes ?? 0,
      brokenParts,
      pid: engine?.pid,
    }),
    onUp(listener) {
      upListeners.add(listener)
      return () => upListeners.delete(listener)
    },
    ready: (signal) => Promise.race([prepared, aborted(signal)]),
    async migrateProject(database) {
      const migrations = await projectMigrations
      const applied = await migrate({ clients, database, migrations, program: config.version })
      if (applied.length > 0) log.info({ database, applied: applied.length }, 'Project migrated')
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      clearInterval(probing)
      clearInterval(looking)
      await Promise.all([clients[Symbol.asyncDispose](), readers[Symbol.asyncDispose]()])
      await engine?.[Symbol.asyncDispose]()
    },
  }
}

async function openEngine(config: Config, log: Logger) {
  const dataDir = join(config.dataDir, 'clickhouse')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  return startEmbeddedClickHouse({
    dataDir,
    log,
    readableDatabases: ['aftermath_*'],
    beforeSpawn: () => fault('engine.spawn'),
  })
}

function newReader(): Pick<Connection, 'username' | 'password'> {
  return { username: 'aftermath_reader', password: randomBytes(24).toString('base64url') }
}

/**
 * On a server, SQL of people runs as a user of its own.
 *
 * @returns false where the server lets us make none: it then runs as ours, with `readonly`
 */
async function createReader(
  { bare }: Clients,
  { username, password }: Connection,
  log: Logger,
): Promise<boolean> {
  try {
    // The password is ours, of this start, and base64url: nothing in it ends a literal.
    await bare.command({ query: `CREATE USER IF NOT EXISTS ${username}` })
    await bare.command({
      query: `ALTER USER ${username} IDENTIFIED WITH sha256_password BY '${password}'`,
    })
    await bare.command({ query: `GRANT SELECT ON aftermath_*.* TO ${username}` })
    return true
  } catch (error) {
    log.warn(
      { err: error },
      'No user of its own for SQL of people: grant CREATE USER, or they read as ours',
    )
    return false
  }
}
