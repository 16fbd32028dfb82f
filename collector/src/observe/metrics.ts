import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What `GET /metrics` shows. Labels have few values: never a name that a sender chooses. */
export interface Metrics {
  registry: Registry
  ingestRequests: Counter<'protocol' | 'signal' | 'outcome'>
  ingestItems: Counter<'protocol' | 'signal' | 'outcome'>
  ingestBytes: Counter<'protocol' | 'signal' | 'outcome'>
  ingestRejectedItems: Counter<'signal' | 'reason'>
  /** What was cut off an item that was kept. */
  ingestTrimmed: Counter<'signal' | 'what'>
  /** Items that were kept though what they say cannot be so. */
  ingestOddItems: Counter<'signal' | 'what'>
  ingestAckSeconds: Histogram<'signal'>
  journalSyncSeconds: Histogram<never>
  storeInsertSeconds: Histogram<'table'>
  storeAttempts: Counter<'table' | 'result'>
  storeSettled: Counter<'table' | 'result'>
  storeSettleSeconds: Histogram<'table'>
  storeMismatch: Counter<'table'>
  rollUpMismatch: Counter<'table'>
  deadLettersTotal: Counter<'reason'>
  jobLastSuccess: Gauge<'job'>
  jobErrors: Counter<'job'>
  /** How many sockets a port has open, read when somebody asks. */
  openSockets(port: string, read: () => number): void
  /** A figure that is read when somebody asks. */
  watch(name: string, help: string, read: () => number): void
  /** As `watch`, for one that only grows. */
  watchTotal(name: string, help: string, read: () => number): void
  /** As `watch`, of several states, or of what else `label` says. */
  watchStates(
    name: string,
    help: string,
    read: () => Readonly<Record<string, number>>,
    label?: string,
  ): void
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function openMetrics(version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name: `aftermath_${name}`, help, labelNames, registers })
  const histogram = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Histogram({ name: `aftermath_${name}`, help, labelNames, buckets: SECONDS, registers })

  new Gauge({
    name: 'aftermath_build_info',
    help: 'Always 1: the version is the label.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1)

  const socketReaders = new Map<string, () => number>()
  new Gauge({
    name: 'aftermath_open_sockets',
    help: 'Connections by port.',
    labelNames: ['port'],
    registers,
    collect() {
      for (const [port, read] of socketReaders) this.set({ port }, read())
    },
  })

  return {
    registry,
    ingestRequests: counter('ingest_requests_total', 'Requests on ingest routes.', [
      'protocol',
      'signal',
      'outcome',
    ]),
    ingestItems: counter('ingest_items_total', 'Spans, log records and metric points.', [
      'protocol',
      'signal',
      'outcome',
    ]),
    ingestBytes: counter('ingest_bytes_total', 'Bytes of accepted requests, decompressed.', [
      'protocol',
      'signal',
      'outcome',
    ]),
    ingestRejectedItems: counter(
      'ingest_rejected_items_total',
      'Items in refused requests or partly refused ones, by reason.',
      ['signal', 'reason'],
    ),
    ingestTrimmed: counter(
      'ingest_trimmed_total',
      'Attributes, events and links left out of items that were kept, and texts that lost their end.',
      ['signal', 'what'],
    ),
    ingestOddItems: counter(
      'ingest_odd_items_total',
      'Items kept with a time ahead of this machine (clock_skew) or an end before their start (negative_duration).',
      ['signal', 'what'],
    ),
    ingestAckSeconds: histogram(
      'ingest_ack_seconds',
      'From the last byte of a request to its answer.',
      ['signal'],
    ),
    journalSyncSeconds: histogram('journal_sync_seconds', 'One fsync of the journal.', []),
    storeInsertSeconds: histogram('store_insert_seconds', 'One insert of a batch into one table.', [
      'table',
    ]),
    storeAttempts: counter('store_attempts_total', 'Inserts by result.', ['table', 'result']),
    storeSettled: counter('store_settled_total', 'Unknown outcomes settled by counting rows.', [
      'table',
      'result',
    ]),
    storeSettleSeconds: histogram('store_settle_seconds', 'One settling of an unknown outcome.', [
      'table',
    ]),
    storeMismatch: counter(
      'store_mismatch_total',
      'Batches that a table did not hold though it had said so; each is settled again.',
      ['table'],
    ),
    rollUpMismatch: counter(
      'rollup_mismatch_total',
      'Minutes in which an audit found a roll-up that is no recount; each is counted again.',
      ['table'],
    ),
    deadLettersTotal: counter(
      'dead_letters_total',
      'Batches given up (refused, engine_crash), and dead letters removed for size or age (removed).',
      ['reason'],
    ),
    jobLastSuccess: new Gauge({
      name: 'aftermath_job_last_success_seconds',
      help: 'Unix time of the last run that succeeded.',
      labelNames: ['job'],
      registers,
    }),
    jobErrors: counter('job_errors_total', 'Runs of a job that failed.', ['job']),
    openSockets(port, read) {
      socketReaders.set(port, read)
    },
    watch(name, help, read) {
      new Gauge({
        name: `aftermath_${name}`,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    },
    watchTotal(name, help, read) {
      new Counter({
        name: `aftermath_${name}`,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        },
      })
    },
    watchStates(name, help, read, label = 'state') {
      new Gauge({
        name: `aftermath_${name}`,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset()
          for (const [key, value] of Object.entries(read())) this.set({ [label]: key }, value)
        },
      })
    },
  }
}
