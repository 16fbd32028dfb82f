import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../harness/random.ts'
import type { Bench, BenchContext, Outcome } from './bench.ts'
import { judge } from './budget.ts'
import { quantile } from './quantile.ts'
import { ask, openStand } from './stand.ts'
import { openRequestPool } from './workload/request-pool.ts'
import { agesOf, watchArrivals } from './arrivals.ts'

const SPANS_PER_SECOND = 20_000
const REQUEST_SPANS = 100
const POOL_SPANS = 100_000
const WARM_UP_SECONDS = 3
const POLL_MS = 10
const WAIT_MS_MAX = 30_000

/** From the sender to what SQL reads: at a given rate, and one request at a time. */
export const freshness: Bench = {
  summary: 'from the sender until SQL sees it',
  rows: ['F1.p50', 'F1.p99', 'F1.p999', 'F2'],
  async run(context) {
    const atRate = await measureAtRate(context)
    const idle = await measureIdle(context)
    return {
      results: [...atRate.results, ...idle.results],
      failures: [...atRate.failures, ...idle.failures],
      histograms: { ...atRate.histograms, ...idle.histograms },
      details: { ...atRate.details, ...idle.details },
    }
  },
}

async function measureAtRate({ options, size, say, signal }: BenchContext): Promise<Outcome> {
  const pool = await openRequestPool({
    seed: options.seed,
    items: POOL_SPANS,
    requestItems: REQUEST_SPANS,
    encoding: 'identity',
  })
  await using stand = await openStand(signal)
  await stand.sendAt(pool, SPANS_PER_SECOND, WARM_UP_SECONDS)
  await stand.visible()
  const before = stand.items()
  const watch = watchArrivals(stand.collector, signal)
  const load = await stand.sendAt(pool, SPANS_PER_SECOND, Math.max(5, size(60, 15)))
  await stand.visible()
  const seconds = agesOf(await watch.stop(), {
    before,
    itemsPerRequest: REQUEST_SPANS,
    itemsPerSecond: SPANS_PER_SECOND,
    requests: load.next - load.first,
    startedAtMs: load.startedAtMs,
  }).map((ageMs) => ageMs / 1000)
  const failures = await stand.failures()
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => quantile(seconds, share)) as [
    number,
    number,
    number,
  ]
  say(
    `  ${SPANS_PER_SECOND} spans/s: p50 ${p50.toFixed(2)} s, p99 ${p99.toFixed(2)} s of ${seconds.length} requests; load late by ${load.lagMsP99.toFixed(1)} ms (p99)`,
  )
  return {
    results: [
      judge('F1.p50', p50, seconds),
      judge('F1.p99', p99, seconds),
      judge('F1.p999', p999, seconds),
    ],
    failures,
    details: { lagMsP99: load.lagMsP99 },
  }
}

async function measureIdle({ options, times, say, signal }: BenchContext): Promise<Outcome> {
  const pool = await openRequestPool({
    seed: options.seed,
    items: 100,
    requestItems: 1,
    encoding: 'identity',
  })
  await using stand = await openStand(signal)
  const random = seededRandom(options.seed)
  const seconds: number[] = []
  // The first one warms up.
  for (let nth = 0; nth <= times(50, 15); nth++) {
    // A timer of the collector must not be in step with ours.
    await setTimeout(random() * 500, undefined, { signal })
    const load = await stand.sendAll(pool, 1, { connections: 1 })
    const answeredMs = performance.now()
    const untilMs = answeredMs + WAIT_MS_MAX
    while (
      Number((await ask(stand.collector, 'SELECT count() FROM otel_traces'))[0]?.[0]) <
      stand.items()
    ) {
      if (performance.now() > untilMs)
        throw new Error(`Waited ${WAIT_MS_MAX} ms in vain for a span`)
      await setTimeout(POLL_MS)
    }
    if (nth > 0) seconds.push((performance.now() - answeredMs + load.elapsedMs) / 1000)
  }
  const p50 = quantile(seconds, 0.5)
  const p99 = quantile(seconds, 0.99)
  say(`  one at a time: p50 ${p50.toFixed(2)} s, p99 ${p99.toFixed(2)} s of ${seconds.length}`)
  return {
    results: [judge('F2', p99, seconds)],
    failures: await stand.failures(),
    details: { idleP50: p50 },
  }
}
