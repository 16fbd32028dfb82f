import { expect, test } from 'vitest'
import { decode } from '../test/oracle.ts'
import { sdkLogs, sdkMetrics, sdkTraces } from '../test/sdk-telemetry.ts'
import { checkRequest, countRows, type RowCounts, type SignalKind } from './check.ts'
import { jsonToProtobuf } from './json-request.ts'

const limits = { receivedMs: Date.now(), retentionMs: 86_400_000 }
const metricRows = {
  otel_metrics_gauge: 1,
  otel_metrics_sum: 1,
  otel_metrics_histogram: 1,
  otel_metrics_exponential_histogram: 1,
}

const requests: { kind: SignalKind; request: ReturnType<typeof sdkTraces>; rows: RowCounts }[] = [
  { kind: 'traces', request: sdkTraces(), rows: { otel_traces: 3 } },
  { kind: 'logs', request: sdkLogs(), rows: { otel_logs: 2 } },
  { kind: 'metrics', request: await sdkMetrics(), rows: metricRows },
]

test.each(requests)('the SDK’s $kind are taken whole', ({ kind, request, rows }) => {
  const checked = checkRequest(kind, request.protobuf, limits)
  expect(checked).toMatchObject({
    outcome: 'ok',
    rows,
    rejected: undefined,
    firstResource: { service: 'checkout', version: '2.4.0', environment: 'production' },
  })
  expect(checked.outcome === 'ok' && countRows(kind, checked.bytes)).toEqual(rows)
})

test.each(requests)('the SDK’s $kind in JSON say the same as in protobuf', ({ kind, request }) => {
  const converted = jsonToProtobuf(kind, request.json)
  expect(converted).toMatchObject({ outcome: 'ok' })
  if (converted.outcome === 'ok') {
    expect(decode(kind, converted.bytes)).toEqual(decode(kind, request.protobuf))
  }
})
