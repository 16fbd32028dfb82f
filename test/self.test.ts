import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { until } from './harness/until.ts'

let observer: RunningCollector
let observed: RunningCollector
beforeAll(async () => {
  observer = await startCollector()
  observed = await startCollector({
    OTEL_EXPORTER_OTLP_ENDPOINT: observer.run.ingest,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  })
})
afterAll(async () => {
  await observed[Symbol.asyncDispose]()
  await observer[Symbol.asyncDispose]()
})

test('one collector’s own work shows up in another, as the operations of its API', async () => {
  expect((await observed.api('/api/v1/services')).status).toBe(200)
  const operations = await until('the request can be read', async () => {
    const rows = await observer.sql(
      "SELECT DISTINCT operation FROM operation_minutes WHERE service = 'aftermath-collector'",
    )
    const names = rows.map(([operation]) => String(operation))
    return names.includes('GET /api/v1/services') ? names : undefined
  })
  expect(operations).toContain('job judge_releases')
})

test('a collector without an endpoint sends nothing of itself', async () => {
  expect((await observer.api('/api/v1/services')).status).toBe(200)
  expect(await observed.sql('SELECT count() FROM otel_traces')).toEqual([[0]])
})
