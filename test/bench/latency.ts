import type { Bench, BenchContext, Outcome } from './bench.ts'
import { judge, type RowId } from './budget.ts'
import { histogramOf } from './histogram.ts'
import { quantile } from './quantile.ts'
import { openStand, type Load } from './stand.ts'
import { openRequestPool } from './workload/request-pool.ts'

interface Case {
  what: string
  requestSpans: number
  requestsPerSecond: number
  connections: number
  protocol: 'http' | 'grpc'
  rows: readonly { id: RowId; share: number }[]
}

const quantiles = (row: 'L1' | 'L2') => [
  { id: `${row}.p50`, share: 0.5 } as const,
  { id: `${row}.p99`, share: 0.99 } as const,
  { id: `${row}.p999`, share: 0.999 } as const,
]

const CASES: readonly Case[] = [
  {
    what: 'OTLP/HTTP, 200 requests/s of 100 spans',
    requestSpans: 100,
    requestsPerSecond: 200,
    connections: 64,
    protocol: 'http',
    rows: quantiles('L1'),
  },
  {
    what: 'OTLP/gRPC, the same',
    requestSpans: 100,
    requestsPerSecond: 200,
    connections: 64,
    protocol: 'grpc',
    rows: quantiles('L2'),
  },
  {
    what: 'OTLP/HTTP, 5,000 requests/s of 1 span',
    requestSpans: 1,
    requestsPerSecond: 5000,
    connections: 256,
    protocol: 'http',
    rows: [{ id: 'L5.p99', share: 0.99 }],
  },
]

const WARM_UP_SECONDS = 3
const LAG_MS_MAX = 5

/** How long senders wait for their answer, at rates that leave the machine room. */
export const latency: Bench = {
  summary: 'how long senders wait, at given rates',
  rows: ['L1.p50', 'L1.p99', 'L1.p999', 'L2.p50', 'L2.p99', 'L2.p999', 'L5.p99'],
  async run(context) {
    const whole: Outcome = { results: [], failures: [], histograms: {}, details: {} }
    for (const one of CASES) {
      const outcome = await measureCase(context, one)
      whole.results.push(...outcome.results)
      whole.failures.push(...outcome.failures)
      Object.assign(whole.histograms!, outcome.histograms)
      Object.assign(whole.details, outcome.details)
    }
    return whole
  },
}

async function measureCase(context: BenchContext, one: Case): Promise<Outcome> {
  const { options, size, say, signal, syncMsP99 } = context
  const pool = await openRequestPool({
    seed: options.seed,
    items: Math.min(100_000, one.requestSpans * 10_000),
    requestItems: one.requestSpans,
    encoding: 'identity',
  })
  await using stand = await openStand(signal)
  const grpc = stand.collector.run.grpc
  const perSecond = one.requestSpans * one.requestsPerSecond
  const more = {
    connections: one.connections,
    protocol: one.protocol,
    ...(one.protocol === 'grpc' && { url: `http://${grpc}` }),
  }
  await stand.sendAt(pool, perSecond, WARM_UP_SECONDS, more)
  const load = await stand.sendAt(pool, perSecond, Math.max(5, size(60, 15)), more)
  await stand.visible()
  const failures = await stand.failures()
  say(`  ${one.what}: ${describeAnswers(load)}`)
  if (load.lagMsP99 > LAG_MS_MAX) {
    say(`  The load itself was late by ${load.lagMsP99.toFixed(1)} ms: these figures are void.`)
  }
  return {
    results: one.rows.map(({ id, share }) =>
      judge(id, quantile(load.latenciesMs, share), load.latenciesMs, 2 * syncMsP99),
    ),
    failures,
    histograms: { [one.rows[0]!.id.split('.')[0]!]: histogramOf(load.latenciesMs) },
    details: { [one.what]: { refused: load.refused, lagMsP99: load.lagMsP99 } },
  }
}

export function describeAnswers({
  latenciesMs,
  refused,
  unknown,
  lagMsP99,
  cpuMs,
  elapsedMs,
}: Load) {
  const at = (share: number) => quantile(latenciesMs, share).toFixed(1)
  const share = Math.round((cpuMs / elapsedMs) * 100)
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)} ms of ${latenciesMs.length}; ${refused} refused, ${unknown.length} open; load late by ${lagMsP99.toFixed(1)} ms (p99), ${share} % of a core`
}
