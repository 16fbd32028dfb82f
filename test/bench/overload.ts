import { setTimeout } from 'node:timers/promises'
import type { Bench, BenchContext, Outcome } from './bench.ts'
import { judge } from './budget.ts'
import { histogramOf } from './histogram.ts'
import { findKnee } from './knee.ts'
import { describeAnswers } from './latency.ts'
import { readChildren, readMemoryMb } from './process-usage.ts'
import { quantile } from './quantile.ts'
import { openStand, type Stand } from './stand.ts'
import { openRequestPool, type RequestPool } from './workload/request-pool.ts'

const POOL_SPANS = 300_000
const KNEE_LOW = 15_000
const KNEE_HIGH = 160_000
const KNEE_ACK_MS_MAX = 250
/** Of what was acknowledged, the last may be read so much later: a batch, and its insert. */
const KNEE_LAG_MS_MAX = 3000
const OUTAGE_SPANS_PER_SECOND = 20_000
/** Caught up: no more than this is on its way. */
const LAG_SECONDS = 2
const POLL_MS = 100
const STOP_AGAIN_MS = 250

/** What happens at, near and beyond what the machine can take. */
export const overload: Bench = {
  summary: 'near and beyond the highest rate that holds, and after an outage of the engine',
  rows: ['L3.half', 'L3.most', 'I10.taken', 'I10.recovery', 'I11', 'I11.drain', 'P1.outage'],
  async run(context) {
    const pool = await openRequestPool({
      seed: context.options.seed,
      items: POOL_SPANS,
      encoding: 'identity',
    })
    const { knee, failures } = await searchKnee(context, pool)
    const parts = [
      { results: [], failures, details: { knee } },
      await measureNearKnee(context, pool, knee),
      await measureBeyond(context, pool, knee),
      await measureOutage(context, pool, knee),
    ] satisfies Outcome[]
    return {
      results: parts.flatMap(({ results }) => results),
      failures: parts.flatMap((part) => part.failures),
      histograms: Object.assign(
        {},
        ...parts.map((part) => ('histograms' in part ? part.histograms : {})),
      ),
      details: Object.assign({}, ...parts.map(({ details }) => details)),
    }
  },
}

async function searchKnee({ size, times, say, signal }: BenchContext, pool: RequestPool) {
  await using stand = await openStand(signal)
  const seconds = Math.max(3, size(20, 6))
  await stand.sendAt(pool, KNEE_LOW, 3)
  const knee = await findKnee({
    low: KNEE_LOW,
    high: KNEE_HIGH,
    steps: times(6, 4),
    async holds(rate) {
      const load = await stand.sendAt(pool, rate, seconds)
      const endedMs = performance.now()
      await stand.visible()
      const lagMs = performance.now() - endedMs
      await stand.settled()
      const ackMs = quantile(load.latenciesMs, 0.99)
      const holds =
        load.refused === 0 &&
        load.unknown.length === 0 &&
        ackMs <= KNEE_ACK_MS_MAX &&
        lagMs <= KNEE_LAG_MS_MAX
      say(
        `  ${Math.round(rate)} spans/s ${holds ? 'hold' : 'do not hold'}: answers p99 ${ackMs.toFixed(0)} ms, ${load.refused} refused, read ${(lagMs / 1000).toFixed(1)} s after the last`,
      )
      return holds
    },
  })
  return { knee, failures: await stand.failures() }
}

async function measureNearKnee(
  { size, say, signal, syncMsP99 }: BenchContext,
  pool: RequestPool,
  knee: number,
): Promise<Outcome> {
  await using stand = await openStand(signal)
  await stand.sendAt(pool, knee * 0.5, 3)
  const outcome: Outcome = { results: [], failures: [], histograms: {}, details: {} }
  for (const { id, share } of [
    { id: 'L3.half', share: 0.5 },
    { id: 'L3.most', share: 0.8 },
  ] as const) {
    const load = await stand.sendAt(pool, knee * share, Math.max(4, size(60, 12)))
    await stand.visible()
    say(`  at ${share * 100} % of the knee: ${describeAnswers(load)}`)
    const { latenciesMs } = load
    outcome.results.push(judge(id, quantile(latenciesMs, 0.99), latenciesMs, 2 * syncMsP99))
    outcome.histograms![id] = histogramOf(latenciesMs)
  }
  return { ...outcome, failures: await stand.failures() }
}

async function measureBeyond(
  { size, say, signal }: BenchContext,
  pool: RequestPool,
  knee: number,
): Promise<Outcome> {
  await using stand = await openStand(signal)
  await stand.sendAt(pool, knee * 0.5, 3)
  await stand.visible()
  const load = await stand.sendAt(pool, knee * 2, Math.max(4, size(60, 15)))
  const startedMs = performance.now()
  await stand.visible()
  const recoverySeconds = (performance.now() - startedMs) / 1000
  const taken = (load.items / load.elapsedMs) * 1000
  say(
    `  at twice the knee: ${Math.round(taken)} spans/s taken, ${load.refused} requests refused; all read ${recoverySeconds.toFixed(1)} s after; ${describeAnswers(load)}`,
  )
  return {
    results: [
      judge('I10.taken', taken / knee, [taken / knee]),
      judge('I10.recovery', recoverySeconds, [recoverySeconds]),
    ],
    failures: await stand.failures(),
    details: { refused: load.refused, peakMb: stand.memory().collectorMb.peak },
  }
}

/** The engine stands still while senders go on; then it has to catch up while they still do. */
async function measureOutage(
  { size, say, signal }: BenchContext,
  pool: RequestPool,
  knee: number,
): Promise<Outcome> {
  await using stand = await openStand(signal)
  await stand.sendAt(pool, OUTAGE_SPANS_PER_SECOND, 3)
  await stand.visible()
  const outageSeconds = Math.max(6, size(600, 25))
  const seconds = outageSeconds * 2 + 10
  const before = stand.items()
  const startedMs = performance.now()
  let arrived = Infinity // while more is to come
  const sending = stand.sendAt(pool, OUTAGE_SPANS_PER_SECOND, seconds)
  const arriving = () => arrived
  const drained = watchOutage(stand, { before, arriving, outageSeconds, startedMs, signal })
  sending.then(
    () => (arrived = stand.items()),
    () => (arrived = 0), // thrown below
  )
  const [load, drain] = await Promise.all([sending, drained])
  await stand.visible()
  const failures = await stand.failures()
  const peakMb = readMemoryMb(stand.collector.run.pids.collector).peak
  say(
    `  after ${outageSeconds.toFixed(0)} s without the engine: ${Math.round(drain.spansPerSecond)} spans/s for ${drain.seconds.toFixed(1)} s until it had caught up; collector ${peakMb.toFixed(0)} MB at most; ${describeAnswers(load)}`,
  )
  const ratio = drain.spansPerSecond / knee
  const timesArrival = drain.spansPerSecond / OUTAGE_SPANS_PER_SECOND
  return {
    results: [
      judge('I11', ratio, [ratio]),
      judge('I11.drain', timesArrival, [timesArrival]),
      judge('P1.outage', peakMb, [peakMb]),
    ],
    failures,
    histograms: { outage: histogramOf(load.latenciesMs) },
    details: {
      outageSeconds,
      drainSeconds: drain.seconds,
      ackMsP99: quantile(load.latenciesMs, 0.99),
    },
  }
}

type Outage = {
  before: number
  /** What there will be in the end. */
  arriving: () => number
  outageSeconds: number
  startedMs: number
  signal: AbortSignal
}

async function watchOutage(stand: Stand, outage: Outage) {
  const { before, arriving, outageSeconds, startedMs, signal } = outage
  const { collector } = stand.collector.run.pids
  const untilMs = startedMs + outageSeconds * 1000
  const stopped = new Set<number>()
  // Whoever watches the engine ends one that hangs and starts another: that one stands still, too.
  while (performance.now() < untilMs) {
    for (const pid of readChildren(collector).filter((child) => !stopped.has(child))) {
      process.kill(pid, 'SIGSTOP')
      stopped.add(pid)
    }
    await setTimeout(STOP_AGAIN_MS, undefined, { signal })
  }
  for (const pid of readChildren(collector)) process.kill(pid, 'SIGCONT')

  const resumedMs = performance.now()
  let first: number | undefined
  for (;;) {
    const spans = await countSpans(stand)
    first ??= spans
    const secondsSince = (performance.now() - startedMs) / 1000
    const due = Math.min(
      arriving(),
      before + OUTAGE_SPANS_PER_SECOND * (secondsSince - LAG_SECONDS),
    )
    if (spans !== undefined && spans >= due) {
      const seconds = (performance.now() - resumedMs) / 1000
      return { seconds, spansPerSecond: (spans - (first ?? before)) / seconds }
    }
    await setTimeout(POLL_MS, undefined, { signal })
  }
}

/** Undefined while the engine does not answer. */
async function countSpans(stand: Stand): Promise<number | undefined> {
  try {
    const [[count] = []] = await stand.collector.sql('SELECT count() FROM otel_traces')
    return Number(count)
  } catch {
    return undefined
  }
}
