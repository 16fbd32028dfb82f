import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedClickHouse, type EmbeddedClickHouse } from '@aftermath/embedded-clickhouse'
import { z } from 'zod'
import { openClients, type Clients } from '../../../collector/src/clickhouse/connection.ts'
import {
  migrate,
  prepareMigrations,
  readMigrations,
} from '../../../collector/src/clickhouse/migrate.ts'
import { insertStatements } from '../../../collector/src/store/decode/insert-statements.ts'
import { readCpuMs, readMemoryMb } from '../process-usage.ts'
import { requestsFor, type RequestPool } from '../workload/request-pool.ts'
import { WARM_UP_SHARE, type IngestRun } from './ingest-run.ts'
import { joinBlocks } from './join-blocks.ts'
import { postRawInserts } from './raw-inserts.ts'
import { settle } from './settle.ts'
import { countSpans, expectedTotals } from './totals.ts'
import { verifyStored } from './verify.ts'

type Input = { pool: RequestPool; spans: number; signal: AbortSignal }

const DATABASE = 'aftermath_control'
const IN_FLIGHT = 2

/**
 * What the engine alone does with the same work: the same bytes, already inflated, checked and
 * joined, posted with the same statements into the same tables and views of an engine of its own.
 * No socket to senders, no journal, no counting: the most that is possible here.
 */
export async function measureControl({ pool, spans, signal }: Input): Promise<IngestRun> {
  const dataDir = await mkdtemp(join(tmpdir(), 'aftermath-bench-control-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
  const engine = cleanup.use(await startEmbeddedClickHouse({ dataDir, log: silent, signal }))
  await engine.up(signal)
  const clients = cleanup.use(openClients(engine.connection))
  await createTables(clients)
  return await fill({ engine, clients, pool, spans, signal })
}

async function fill({
  engine,
  clients,
  pool: { requests },
  spans,
  signal,
}: Input & { engine: EmbeddedClickHouse; clients: Clients }): Promise<IngestRun> {
  const pid = engine.pid! // it answers
  let batch = 0n
  const insertsOf = (first: number, count: number) =>
    joinBlocks(requests, first, count).flatMap((pieces) =>
      insertStatements('traces', { database: DATABASE, batch: ++batch }).map(({ query }) => ({
        query,
        pieces,
      })),
    )
  const warmUpCount = requestsFor(requests, 0, spans * WARM_UP_SHARE)
  await postRawInserts(engine.connection, insertsOf(0, warmUpCount), IN_FLIGHT)
  await settle(pid, signal)

  const count = requestsFor(requests, warmUpCount, spans)
  const inserts = insertsOf(warmUpCount, count)
  const engineBefore = readCpuMs(pid)
  const loadBefore = process.cpuUsage()
  const startedMs = performance.now()
  await postRawInserts(engine.connection, inserts, IN_FLIGHT)
  const windowMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(loadBefore)
  await settle(pid, signal)

  return {
    spans: countSpans(expectedTotals(requests, times(requests.length, warmUpCount, count))),
    windowMs,
    cpuMs: {
      load: (user + system) / 1000,
      collector: 0,
      engine: readCpuMs(pid) - engineBefore,
    },
    peakMemoryMb: { collector: 0, engine: readMemoryMb(pid).peak },
    failures: await verifyStored(
      (query) => readRows(clients, query),
      expectedTotals(requests, times(requests.length, 0, warmUpCount + count)),
    ),
  }
}

/** How often each of `length` requests is among the numbers from `first` on. */
function times(length: number, first: number, count: number): number[] {
  const result = Array.from({ length }, () => 0)
  for (let number = first; number < first + count; number++) result[number % length]!++
  return result
}

async function createTables(clients: Clients): Promise<void> {
  await prepareMigrations(clients)
  const migrations = await readMigrations('project')
  await migrate({ clients, database: DATABASE, migrations, program: 'bench' })
}

const Rows = z.object({ data: z.array(z.array(z.unknown())) })

async function readRows(clients: Clients, query: string): Promise<unknown[][]> {
  const answer = await clients.of(DATABASE).query({
    query,
    format: 'JSONCompact',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return Rows.parse(await answer.json()).data
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }
