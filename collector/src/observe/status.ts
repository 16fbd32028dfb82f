import { statfs } from 'node:fs/promises'
import type { Status } from '@aftermath/schemas/api/status'
import { z } from 'zod'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import type { Config } from '../config.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Journal, SignalKind } from '../journal/journal.ts'
import type { Store } from '../store/store.ts'
import type { Metrics } from './metrics.ts'
import { watchJournal } from './watch-journal.ts'

type Deps = {
  config: Config
  clickhouse: ClickHouse
  journal: Journal
  store: Store
  jobs: Jobs
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
  const { config, clickhouse, journal, store, jobs, metrics, now, stopping } = deps
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
    return codes
  }

  return {
    problems,
    lagSeconds,
    async read() {
      const { bytes, segments } = journal.stats()
      const engine = clickhouse.facts()
      const disk = await statfs(config.dataDir)
      return {
        version: config.version,
        problems: problems().map((code) => ({ code, sentence: SENTENCES[code] ?? code })),
        signals: await Promise.all(KINDS.map((kind) => readSignal(metrics, kind))),
        journal: { bytes, segments, oldestSeconds: lagSeconds() },
        lagSeconds: lagSeconds(),
        engine: {
          up: engine.up,
          embedded: clickhouse.embedded,
          version: engine.version ?? null,
          restarts: engine.restarts,
        },
        disk: {
          freeBytes: disk.bavail * disk.bsize,
          usedBytes: bytes + (engine.up ? await readStoredBytes(clickhouse) : 0),
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

const Stored = z.array(z.object({ bytes: z.number() })).length(1)

/** What the databases of Aftermath take on ClickHouse's disk. */
async function readStoredBytes({ clients }: ClickHouse): Promise<number> {
  const answer = await clients.bare.query({
    query: `SELECT sum(bytes_on_disk) AS bytes FROM system.parts
      WHERE active AND (database = 'aftermath' OR startsWith(database, 'aftermath_'))`,
    format: 'JSONEachRow',
  })
  return Stored.parse(await answer.json())[0]!.bytes // of length 1
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
    'Some requests could not be stored. Their bytes lie in the data directory under journal/dead.',
}

async function readSignal(metrics: Metrics, kind: SignalKind): Promise<Status['signals'][number]> {
  const sum = async (
    counter: Metrics['ingestRequests'] | Metrics['ingestItems'],
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

/** Figures that `/metrics` reads when somebody asks. */
export function watchFigures(
  metrics: Metrics,
  { clickhouse, journal, status }: Pick<Deps, 'clickhouse' | 'journal'> & { status: StatusReader },
): void {
  metrics.watch(
    'lag_seconds',
    'Age of the oldest acknowledged request that is not stored yet.',
    status.lagSeconds,
  )
  watchJournal(metrics, journal, status.lagSeconds)
  metrics.watch(
    'dead_letters',
    'Batches that ClickHouse will never take.',
    () => journal.stats().deadLetters,
  )
  metrics.watch('engine_up', '1 when ClickHouse answers.', () => (clickhouse.facts().up ? 1 : 0))
  metrics.watch(
    'engine_restarts',
    'Starts of the embedded engine after the first.',
    () => clickhouse.facts().restarts,
  )
}
