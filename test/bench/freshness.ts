import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../harness/random.ts'
import { startCollector, type RunningCollector } from '../harness/collector.ts'
import type { Bench } from './bench.ts'
import { judge } from './budget.ts'
import { quantile } from './quantile.ts'
import { generateTraceRequests } from './workload/trace-requests.ts'

const TIMES = 20
const POLL_MS = 10
const WAIT_MS_MAX = 30_000

/** One request at a time on an idle system: from its first byte until SQL sees its spans. */
export const freshness: Bench = {
  summary: 'one request on an idle system until SQL sees it',
  rows: ['F2'],
  async run({ options, say, signal }) {
    await using collector = await startCollector({ UV_THREADPOOL_SIZE: '16' })
    const random = seededRandom(options.seed)
    const seconds: number[] = []
    let stored = await countSpans(collector)
    // The first one warms up.
    for (let nth = 0; nth <= TIMES; nth++) {
      // A timer of the collector must not be in step with ours.
      await setTimeout(random() * 500, undefined, { signal })
      const [request] = generateTraceRequests({
        seed: options.seed + nth,
        spans: 1,
        nowMs: Date.now(),
      })
      const startedMs = performance.now()
      await post(collector.run.ingest, request!.bytes) // one was asked for
      stored += request!.spans
      await seen(collector, stored)
      if (nth > 0) seconds.push((performance.now() - startedMs) / 1000)
    }
    const p50 = quantile(seconds, 0.5)
    const p99 = quantile(seconds, 0.99)
    say(`${TIMES} requests: p50 ${p50.toFixed(2)} s, p99 ${p99.toFixed(2)} s`)
    return { results: [judge('F2', p99, seconds)], failures: [], details: { p50, p99 } }
  },
}

async function post(ingest: string, body: Uint8Array): Promise<void> {
  const answer = await fetch(`${ingest}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
}

async function seen(collector: RunningCollector, spans: number): Promise<void> {
  const untilMs = performance.now() + WAIT_MS_MAX
  while ((await countSpans(collector)) < spans) {
    if (performance.now() > untilMs)
      throw new Error(`Waited ${WAIT_MS_MAX} ms in vain for ${spans} spans`)
    await setTimeout(POLL_MS)
  }
}

async function countSpans(collector: RunningCollector): Promise<number> {
  const [[count] = []] = await collector.sql('SELECT count() FROM otel_traces')
  return Number(count)
}
