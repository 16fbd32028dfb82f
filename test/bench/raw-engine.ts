import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedClickHouse, type EngineConnection } from '@aftermath/embedded-clickhouse'
import { z } from 'zod'
import { openClients } from '../../collector/src/clickhouse/connection.ts'
import {
  migrate,
  prepareMigrations,
  readMigrations,
} from '../../collector/src/clickhouse/migrate.ts'
import { insertStatements } from '../../collector/src/store/decode/insert-statements.ts'
import type { Block } from './join-blocks.ts'
import { readCpuMs, readMemoryMb } from './process-usage.ts'
import { postRawInserts } from './raw-inserts.ts'
import { settle } from './settle.ts'

/** An engine of the bench's own, with the collector's tables and views and nothing else on it. */
export interface RawEngine extends AsyncDisposable {
  readonly connection: EngineConnection
  readonly pid: number
  cpuMs: () => number
  peakMemoryMb: () => number
  /** Posts bytes with the collector's statements, two at a time. */
  post: (kind: 'traces' | 'logs' | 'metrics', blocks: readonly Block[]) => Promise<void>
  rows: (query: string) => Promise<unknown[][]>
  command: (query: string) => Promise<void>
  settled: () => Promise<void>
}

export const DATABASE = 'aftermath_default'
const IN_FLIGHT = 2
const Rows = z.object({ data: z.array(z.array(z.unknown())) })

/** @param dataDir an existing one that is kept; without it, one that is removed in the end */
export async function openRawEngine(
  signal: AbortSignal,
  dataDir?: string,
  tables: 'migrated' | 'bare' = 'migrated',
): Promise<RawEngine> {
  await using opening = new AsyncDisposableStack()
  const dir = dataDir ?? (await mkdtemp(join(tmpdir(), 'aftermath-bench-engine-')))
  if (dataDir === undefined) opening.defer(() => rm(dir, { recursive: true, force: true }))
  const engine = opening.use(await startEmbeddedClickHouse({ dataDir: dir, log: silent, signal }))
  await engine.up(signal)
  const clients = opening.use(openClients(engine.connection))
  if (tables === 'migrated') {
    await prepareMigrations(clients)
    const migrations = await readMigrations('project')
    await migrate({ clients, database: DATABASE, migrations, program: 'bench' })
  }

  const pid = engine.pid! // it answers
  let batch = 0n
  const whole = opening.move()
  return {
    connection: engine.connection,
    pid,
    cpuMs: () => readCpuMs(pid),
    peakMemoryMb: () => readMemoryMb(pid).peak,
    async post(kind, blocks) {
      const inserts = blocks.flatMap(({ pieces }) =>
        insertStatements(kind, { database: DATABASE, batch: ++batch }).map(({ query }) => ({
          query,
          pieces,
        })),
      )
      await postRawInserts(engine.connection, inserts, IN_FLIGHT)
    },
    async rows(query) {
      const answer = await clients.of(DATABASE).query({
        query,
        format: 'JSONCompact',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      })
      return Rows.parse(await answer.json()).data
    },
    async command(query) {
      await clients.of(DATABASE).command({ query })
    },
    settled: () => settle(pid, signal),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
