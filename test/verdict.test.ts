import { GateAnswer } from '@aftermath/schemas/api/gate'
import { ReleaseAnswer } from '@aftermath/schemas/api/releases'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest, type SpanFacts } from './harness/otlp-json.ts'
import { seededRandom } from './harness/random.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector()
  await Promise.all([
    sendHistory('worse', { before: 0.005, after: 0.03 }),
    sendHistory('alike', { before: 0.005, after: 0.005 }),
  ])
})
afterAll(() => collector[Symbol.asyncDispose]())

const MINUTES_BEFORE = 100
const MINUTES_AFTER = 40
const PER_MINUTE = 8 * 60

/** 100 minutes of 1.0.0, then 40 of 1.1.0, 8 requests a second, sent in one go with their event times. */
async function sendHistory(service: string, rates: { before: number; after: number }) {
  const random = seededRandom(7)
  const startMs = Date.now() - (MINUTES_BEFORE + MINUTES_AFTER + 1) * 60_000
  const phases = [
    { version: '1.0.0', from: 0, until: MINUTES_BEFORE, rate: rates.before },
    {
      version: '1.1.0',
      from: MINUTES_BEFORE,
      until: MINUTES_BEFORE + MINUTES_AFTER,
      rate: rates.after,
    },
  ]
  for (const { version, from, until: end, rate } of phases) {
    for (let minute = from; minute < end; minute += 10) {
      const spans = Array.from({ length: 10 * PER_MINUTE }, (_, i): SpanFacts => ({
        startMs: startMs + minute * 60_000 + i * 125,
        durationMs: 10 + 20 * random(),
        failed: random() < rate,
        route: random() < 0.5 ? '/cart' : '/checkout',
      }))
      const resource = { service, version, environment: 'production' }
      const request = traceRequest(resource, spans)
      // A busy machine may have it sent again, as an exporter would.
      const status = await until('the spans are taken or refused for good', async () => {
        const answer = await post(collector.run.ingest, 'traces', request)
        return answer.status === 503 ? undefined : answer.status
      })
      expect(status).toBe(200)
    }
  }
}

async function judged(service: string) {
  return until(`${service} 1.1.0 has a judgement of all its minutes`, async () => {
    const answer = await collector.api(`/api/v1/releases/${service}/1.1.0`)
    if (answer.status === 404) return undefined
    const { data } = ReleaseAnswer.parse(await answer.json())
    const requests = data.evidence.find(({ scope }) => scope.operation === null)?.candidate.n ?? 0
    return requests > (MINUTES_AFTER - 8) * PER_MINUTE ? data : undefined
  })
}

test('a release that fails six times as often is to be rolled back, by page and by gate', async () => {
  const release = await judged('worse')
  expect(['roll_back', 'patch']).toContain(release.verdict)
  expect(release.severity).not.toBeNull()
  expect(release.baseline).toMatchObject({ version: '1.0.0', kind: 'previous_window' })
  const errors = release.evidence.find(
    ({ signal, scope }) => signal === 'error_rate' && scope.operation === null,
  )
  expect(errors?.conclusion).toBe('worse')
  expect(errors?.low).toBeGreaterThan(0)
  expect(errors?.low).toBeLessThan(0.025)
  expect(errors?.high).toBeGreaterThan(0.025)

  const answer = await collector.api(
    '/api/v1/gate?service=worse&version=1.1.0&environment=production',
  )
  const gate = GateAnswer.parse(await answer.json())
  expect(gate).toMatchObject({
    decision: 'fail',
    verdict: release.verdict,
    sentence: release.sentence,
  })
})

test('a release that fails as often as before is not accused', async () => {
  const release = await judged('alike')
  expect(['insufficient_data', 'ship', 'watch']).toContain(release.verdict)
  expect(release.severity).toBeNull()
  const answer = await collector.api(
    '/api/v1/gate?service=alike&version=1.1.0&environment=production',
  )
  expect(GateAnswer.parse(await answer.json()).decision).not.toBe('fail')
})

test('both releases are stored span by span, and the roll-up equals them', async () => {
  const spans = (MINUTES_BEFORE + MINUTES_AFTER) * PER_MINUTE * 2
  expect(await collector.sql('SELECT count() FROM otel_traces')).toEqual([[spans]])
  const recount = `SELECT toStartOfMinute(Timestamp), ServiceName, count(), countIf(StatusCode = 'Error')
    FROM otel_traces GROUP BY 1, 2 ORDER BY 2, 1`
  const rollup = `SELECT minute, service, sum(count), sum(errors)
    FROM operation_minutes GROUP BY 1, 2 ORDER BY 2, 1`
  const numbers = (rows: unknown[][]) => rows.map(([, ...rest]) => rest)
  expect(numbers(await collector.sql(rollup))).toEqual(numbers(await collector.sql(recount)))
})

test('a version that never sent anything has the gate wait', async () => {
  const answer = await collector.api(
    '/api/v1/gate?service=worse&version=9.9.9&environment=production',
  )
  const gate = GateAnswer.parse(await answer.json())
  expect(gate.decision).toBe('wait')
  expect(gate.reasons.map(({ code }) => code)).toEqual(['not_seen'])
})
