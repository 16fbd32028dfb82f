import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest, type SpanFacts } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector[Symbol.asyncDispose]())

const SPANS_PER_REQUEST = 50

function request(version: string, sentAtMs: number) {
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, i): SpanFacts => ({
    startMs: sentAtMs - i,
    durationMs: 5,
    failed: i === 0,
    route: '/pay',
  }))
  return traceRequest({ service: 'pay', version, environment: 'production' }, spans)
}

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('what was acknowledged before a kill -9 is stored once, and counted once', async () => {
  let acknowledged = 0
  for (let life = 0; life < 3; life++) {
    const answers = []
    for (let i = 0; i < 40; i++)
      answers.push(post(collector.run.ingest, 'traces', request(`1.${life}`, Date.now())))
    // Killed with the first answers in hand, before their batch is a second old.
    const first = await Promise.any(answers)
    expect(first.status).toBe(200)
    const settled = Promise.allSettled(answers)
    await collector.kill('SIGKILL')
    acknowledged += (await settled).filter(
      (one) => one.status === 'fulfilled' && one.value.status === 200,
    ).length
    await collector.restart()
  }

  // A request without an answer may be there too, and may come after those with one: everything is
  // read by one statement, until nothing is missing. A view is written after its table, and what a
  // kill cut off is counted again.
  const stored = await until(
    'every acknowledged span can be read, and the roll-up equals a recount',
    async () => {
      const [row = []] = await collector.sql(`SELECT
          (SELECT (count(), countIf(StatusCode = 'Error'), uniqExact(SpanId)) FROM otel_traces) AS raw,
          (SELECT (sum(count), sum(errors)) FROM operation_minutes) AS rolled_up,
          raw.1, raw.2, raw.3, rolled_up.1, rolled_up.2`)
      const [spans, failed, ids, counted, errors] = row.slice(2).map(Number)
      const isWhole = spans! >= acknowledged * SPANS_PER_REQUEST
      return isWhole && spans === counted && failed === errors ? { spans, failed, ids } : undefined
    },
    30_000,
  )
  // Each request is stored wholly or not at all, and never twice.
  expect(stored).toEqual({
    spans: stored.failed! * SPANS_PER_REQUEST,
    failed: stored.failed,
    ids: stored.spans,
  })
  expect(stored.spans).toBeLessThanOrEqual(120 * SPANS_PER_REQUEST)
})

test('intake goes on while the engine is dead, and what came is stored when it is back', async () => {
  const enginePid = collector.enginePid
  process.kill(enginePid, 'SIGKILL')
  const answer = await post(collector.run.ingest, 'traces', request('2.0', Date.now()))
  expect(answer.status).toBe(200)
  await until('the spans sent meanwhile can be read', async () => {
    const response = await collector.api('/api/v1/sql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          "SELECT count() FROM otel_traces WHERE ResourceAttributes['service.version'] = '2.0'",
      }),
    })
    const body = (await response.json()) as { data?: unknown[][] }
    return body.data?.[0]?.[0] === String(SPANS_PER_REQUEST) ? true : undefined
  })
  expect(alive(enginePid)).toBe(false)
})

test('a stop ends the engine too and exits with 0', async () => {
  const clickhouse = collector.enginePid
  const code = await collector.kill('SIGTERM')
  expect(code).toBe(0)
  expect(alive(clickhouse)).toBe(false)
  await collector.restart()
})

test('a killed collector leaves no engine behind', async () => {
  const clickhouse = collector.enginePid
  await collector.kill('SIGKILL')
  await until('the engine has ended', () => (alive(clickhouse) ? undefined : true))
  await collector.restart()
})
