import { statfs } from 'node:fs/promises'
import type { Status } from '@aftermath/schemas/api/status'
import { z } from 'zod'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import type { Config } from '../config.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Journal, SignalKind } from '../journal/journal.ts'
import type { Store } from '../store/store.ts'
import type { Metrics } from './metrics.ts'
import { watchEngine } from './watch-engine.ts'
import { watchJournal } from './watch-journal.ts'
import { watchStore } from './watch-store.ts'

type Deps = {
  config: Config
  clickhouse: ClickHouse
  journal: Journal
  store: Store
  jobs: Jobs
  /** What is given up at the moment. */
  shed: () => readonly string[]
  metrics: Metrics
  now: () => number
  stopping: () => boolean
}

const KINDS: readonly SignalKind[] = ['traces', 'logs', 'metrics']

/** The system as its status page, `/readyz` and `/metrics` show it. */
export interface StatusReader {
  problems: () => string[]
  read: () => Promise<Status>
  lagSeconds: () => number
}

export function openStatus(deps: Deps): StatusReader {
  const { config, clickhouse, journal, store, jobs, shed, metrics, now, stopping } = deps
  const lagSeconds = () => {
    const { oldestMs } = journal.stats()
    return oldestMs === undefined ? 0 : Math.max(0, now() - oldestMs) / 1000
  }

  function problems(): string[] {
    const { state, deadLetters } = journal.stats()
    const codes = []
    if (stopping()) codes.push('stopping')
    if (!clickhouse.facts().up) codes.push('engine_down')
    if (state === 'disk_full' || state === 'journal_full') codes.push('disk_full')
    if (state === 'failed') codes.push('journal_failed')
    if (store.facts().held.length > 0) codes.push('held')
    if (deadLetters > 0) codes.push('dead_letters')
    if (clickhouse.facts().brokenParts > 0) codes.push('broken_parts')
    return codes
  }

  return {
    problems,
    lagSeconds,
    async read() {
      const { state, bytes, segments, openBatches, sealedBatches, damagedRecords, deadLetters } =
        journal.stats()
      const engine = clickhouse.facts()
      const disk = await statfs(config.dataDir)
      const load = engine.up ? await readLoad(clickhouse) : null
      return {
        version: config.version,
        problems: problems().map((code) => ({ code, sentence: SENTENCES[code] ?? code })),
        signals: await Promise.all(KINDS.map((kind) => readSignal(metrics, kind))),
        requests: await readRequests(metrics),
        rejections: await readRejections(metrics),
        shed: [...shed()],
        journal: {
          state,
          bytes,
          segments,
          oldestSeconds: lagSeconds(),
          openBatches,
          sealedBatches,
          bytesMax: config.journalBytesMax ?? null,
          damagedRecords,
        },
        deadLetters,
        lagSeconds: lagSeconds(),
        engine: {
          up: engine.up,
          embedded: clickhouse.embedded,
          version: engine.version ?? null,
          restarts: engine.restarts,
          load: load && {
            memoryBytes: load.memoryBytes,
            merges: load.merges,
            parts: load.parts,
            brokenParts: load.brokenParts,
          },
        },
        disk: {
          freeBytes: disk.bavail * disk.bsize,
          usedBytes: bytes + (load?.storedBytes ?? 0),
          totalBytes: disk.blocks * disk.bsize,
        },
        jobs: jobs.facts().map(({ job, lastSuccessMs, errors }) => ({
          job,
          lastSuccess: lastSuccessMs === undefined ? null : new Date(lastSuccessMs).toISOString(),
          errors,
        })),
      }
    },
  }
}

const Load = z
  .array(
    z.object({
      storedBytes: z.number(),
      memoryBytes: z.number(),
      merges: z.number(),
      parts: z.number(),
      brokenParts: z.number(),
    }),
  )
  .length(1)

/** How ClickHouse is doing; null when it does not answer after all. Databases of Aftermath alone. */
async function readLoad({ clients }: ClickHouse) {
  const own = `(database = 'aftermath' OR startsWith(database, 'aftermath_'))`
  try {
    const answer = await clients.bare.query({
      query: `SELECT
        (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND ${own}) AS storedBytes,
        (SELECT count() FROM system.parts WHERE active AND ${own}) AS parts,
        (SELECT sum(value) FROM system.metrics WHERE metric = 'MemoryTracking') AS memoryBytes,
        (SELECT count() FROM system.merges WHERE ${own}) AS merges,
        (SELECT count() FROM system.detached_parts
          WHERE ${own} AND (startsWith(reason, 'broken') OR reason = 'noquorum')) AS brokenParts`,
      format: 'JSONEachRow',
    })
    return Load.parse(await answer.json())[0]! // of length 1
  } catch {
    return null // it went away a moment ago: the page says so at its next look
  }
}

const SENTENCES: Record<string, string> = {
  stopping: 'Aftermath is stopping: senders are told to try again.',
  engine_down:
    'ClickHouse does not answer. Intake goes on: the journal keeps everything until it does.',
  disk_full:
    'The disk or the journal is full: senders are told to try again. Free space, or raise AFTERMATH_JOURNAL_MAX_GB.',
  journal_failed: 'The journal cannot be written: check the disk under AFTERMATH_DATA_DIR.',
  held: 'ClickHouse refuses what is no fault of the data (its tables, rights or disk): see the log. Nothing is lost meanwhile.',
  dead_letters:
    'Some requests could not be stored, and are kept: aftermath dead-letters list says why. Send them again when it is mended.',
  broken_parts:
    'ClickHouse set parts of tables aside that it could not read: their rows are missing. See system.detached_parts, and check the disk.',
}

async function readSignal(metrics: Metrics, kind: SignalKind): Promise<Status['signals'][number]> {
  const sum = async (
    counter: Metrics['ingestRequests'],
    label?: { name: string; value: string },
  ) => {
    const { values } = await counter.get()
    return values
      .filter(({ labels }) => labels.signal === kind)
      .filter(({ labels }) => label === undefined || Object(labels)[label.name] === label.value)
      .reduce((total, { value }) => total + value, 0)
  }
  const accepted = { name: 'outcome', value: 'accepted' }
  return {
    kind,
    requests: await sum(metrics.ingestRequests, accepted),
    items: await sum(metrics.ingestItems, accepted),
    rejectedItems: await sum(metrics.ingestItems, { name: 'outcome', value: 'rejected' }),
    refusedRequests: await sum(metrics.ingestRequests, { name: 'outcome', value: 'refused' }),
  }
}

async function readRequests(metrics: Metrics): Promise<Status['requests']> {
  const { values } = await metrics.ingestRequests.get()
  const of = (rows: typeof values, outcome: string) =>
    rows.reduce((sum, { labels, value }) => sum + (labels.outcome === outcome ? value : 0), 0)
  return [
    ...Map.groupBy(values, ({ labels }) =>
      JSON.stringify([labels.signal, labels.protocol]),
    ).values(),
  ]
    .map((rows) => ({
      signal: String(rows[0]!.labels.signal), // a group is never empty
      protocol: String(rows[0]!.labels.protocol),
      accepted: of(rows, 'accepted'),
      refused: of(rows, 'refused'),
      hungUp: of(rows, 'hung_up'),
    }))
    .toSorted((a, b) => order(a.signal) - order(b.signal) || (a.protocol < b.protocol ? -1 : 1))
}

async function readRejections(metrics: Metrics): Promise<Status['rejections']> {
  const { values } = await metrics.ingestRejectedItems.get()
  return values
    .map(({ labels, value }) => ({
      signal: String(labels.signal),
      reason: String(labels.reason),
      count: value,
    }))
    .toSorted((a, b) => b.count - a.count)
}

const order = (signal: string) => [...KINDS.map(String), 'other'].indexOf(signal)

/** Figures that `/metrics` reads when somebody asks. */
export function watchFigures(
  metrics: Metrics,
  {
    clickhouse,
    journal,
    store,
    status,
  }: Pick<Deps, 'clickhouse' | 'journal' | 'store'> & { status: StatusReader },
): void {
  metrics.watch(
    'lag_seconds',
    'Age of the oldest acknowledged request that is not stored yet.',
    status.lagSeconds,
  )
  watchJournal(metrics, journal, status.lagSeconds)
  watchStore(metrics, journal, store)
  watchEngine(metrics, clickhouse)
}
