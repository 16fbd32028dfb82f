import { expect, test } from 'vitest'
import { RECEIVED_MS } from '../test/arbitrary-request.ts'
import { attribute, double, fixed64, message, text, varint } from '../test/encode.ts'
import { take } from '../test/first-item.ts'
import { decode } from '../test/oracle.ts'
import {
  LIMITS,
  logRecord,
  metric,
  nanos,
  point,
  request,
  span,
  SPAN_ID,
  TRACE_ID,
} from '../test/requests.ts'
import type { SignalKind } from './check.ts'

const DAY_MS = 86_400_000
const NOW = fixed64(7, nanos(RECEIVED_MS))

test('a request with nothing to rewrite comes back as the very same object', () => {
  const bytes = request(span(text(5, 'GET /'), attribute(9, 'key', text(1, 'grüße'))), span())
  const checked = take('traces', bytes)
  expect(checked.bytes).toBe(bytes)
  expect(checked).toMatchObject({ items: 2, rows: { otel_traces: 2 }, rejected: undefined })
})

test.each([
  { name: 'no bytes', bytes: new Uint8Array(0) },
  { name: 'an empty resource', bytes: message(1) },
  { name: 'a scope without items', bytes: request() },
])('$name is a request without items', ({ bytes }) => {
  const checked = take('traces', bytes)
  expect(checked).toMatchObject({ items: 0, rows: {}, rejected: undefined })
  expect(checked).toMatchObject({ earliestMs: RECEIVED_MS, latestMs: RECEIVED_MS })
  expect(checked.hint).toBeUndefined()
})

test('a request with only unknown fields gets a hint', () => {
  expect(take('logs', text(77, 'what is this')).hint).toContain('is it an OTLP logs request?')
})

const noTrace = 'trace id is not 16 bytes or is all zero'
const noSpan = 'span id is not 8 bytes or is all zero'
const tooOld = 'time is older than the retention'
const tooNew = 'time is more than 24 h ahead'
const noValue = 'no value, and flags do not say that none was recorded'
const buckets = 'bucket_counts is neither empty nor one longer than explicit_bounds'
const time = (timeMs: number) => fixed64(3, nanos(timeMs))
const histogram = (counts: readonly bigint[], bounds: readonly number[]) =>
  metric(
    'histogram',
    point(...counts.map((count) => fixed64(6, count)), ...bounds.map((bound) => double(7, bound))),
  )

const rejectedItems: { kind: SignalKind; name: string; item: Uint8Array; reason: string }[] = [
  { kind: 'traces', name: 'no trace id', item: message(2, SPAN_ID, NOW), reason: noTrace },
  {
    kind: 'traces',
    name: 'a short trace id',
    item: message(2, message(1, Buffer.alloc(15, 1)), SPAN_ID, NOW),
    reason: noTrace,
  },
  {
    kind: 'traces',
    name: 'a trace id of zeros',
    item: message(2, message(1, Buffer.alloc(16)), SPAN_ID, NOW),
    reason: noTrace,
  },
  { kind: 'traces', name: 'no span id', item: message(2, TRACE_ID, NOW), reason: noSpan },
  {
    kind: 'traces',
    name: 'a span id of 16 bytes',
    item: message(2, TRACE_ID, message(2, Buffer.alloc(16, 1)), NOW),
    reason: noSpan,
  },
  { kind: 'traces', name: 'no start', item: message(2, TRACE_ID, SPAN_ID), reason: tooOld },
  {
    kind: 'traces',
    name: 'a start in 2106',
    item: span(fixed64(7, 4_294_967_296_000_000_000n)),
    reason: tooNew,
  },
  {
    kind: 'traces',
    name: 'the largest time there is',
    item: span(fixed64(7, 2n ** 64n - 1n)),
    reason: tooNew,
  },
  {
    kind: 'logs',
    name: 'a time before the retention',
    item: logRecord(fixed64(1, nanos(RECEIVED_MS - 31 * DAY_MS))),
    reason: tooOld,
  },
  {
    kind: 'logs',
    name: 'an observed time before the retention',
    item: logRecord(fixed64(11, nanos(RECEIVED_MS - 31 * DAY_MS))),
    reason: tooOld,
  },
  { kind: 'metrics', name: 'no value', item: metric('gauge', point()), reason: noValue },
  {
    kind: 'metrics',
    name: 'no value and another flag',
    item: metric('sum', point(varint(8, 2))),
    reason: noValue,
  },
  {
    kind: 'metrics',
    name: 'no time',
    item: metric('summary', message(1, double(5, 1))),
    reason: tooOld,
  },
  { kind: 'metrics', name: 'too few buckets', item: histogram([1n], [0.5]), reason: buckets },
  { kind: 'metrics', name: 'too many buckets', item: histogram([1n, 2n], []), reason: buckets },
]

test.each(rejectedItems)('$kind: an item with $name is rejected', ({ kind, item, reason }) => {
  const bytes = request(item)
  const checked = take(kind, bytes)
  expect(checked).toMatchObject({ items: 0, rows: {}, rejected: { items: 1 } })
  expect(checked.rejected?.message).toContain(`1 × ${reason}, first at `)
  expect(checked.bytes.length).toBeLessThan(bytes.length)
})

const keptItems: { kind: SignalKind; name: string; item: Uint8Array }[] = [
  { kind: 'traces', name: 'an end before its start', item: span(fixed64(8, 1n)) },
  {
    kind: 'traces',
    name: 'a start at the edge of the retention',
    item: span(fixed64(7, nanos(RECEIVED_MS - LIMITS.retentionMs))),
  },
  {
    kind: 'traces',
    name: 'a start 10 min ahead',
    item: span(fixed64(7, nanos(RECEIVED_MS + 600_000))),
  },
  { kind: 'logs', name: 'only an observed time', item: logRecord(fixed64(11, nanos(RECEIVED_MS))) },
  {
    kind: 'metrics',
    name: 'no value and the flag for it',
    item: metric('gauge', point(varint(8, 1))),
  },
  { kind: 'metrics', name: 'a value of 0', item: metric('gauge', point(double(4, 0))) },
  { kind: 'metrics', name: 'an integer of 0', item: metric('sum', point(fixed64(6, 0n))) },
  { kind: 'metrics', name: 'no buckets', item: histogram([], []) },
  { kind: 'metrics', name: 'bounds and no buckets', item: histogram([], [1]) },
  { kind: 'metrics', name: 'a bucket more than bounds', item: histogram([1n, 2n], [1]) },
  {
    kind: 'metrics',
    name: 'packed buckets and bounds',
    item: metric(
      'histogram',
      point(message(6, Buffer.alloc(24, 1)), message(7, Buffer.alloc(16, 1))),
    ),
  },
]

test.each(keptItems)('$kind: an item with $name is kept as it is', ({ kind, item }) => {
  const bytes = request(item)
  expect(take(kind, bytes).bytes).toBe(bytes)
  expect(take(kind, bytes)).toMatchObject({ items: 1, rejected: undefined, clockSkewItems: 0 })
})

test('up to 24 h ahead an item is kept and counted as clock skew', () => {
  const ahead = [600_001, DAY_MS, DAY_MS + 1].map((ms) => span(fixed64(7, nanos(RECEIVED_MS + ms))))
  expect(take('traces', request(...ahead))).toMatchObject({
    items: 2,
    clockSkewItems: 2,
    rejected: { items: 1 },
    latestMs: RECEIVED_MS + DAY_MS,
  })
})

test('spans that end before they start are kept and counted', () => {
  const ending = (endMs: number) => span(fixed64(8, nanos(endMs)))
  const bytes = request(
    ...[RECEIVED_MS - 1, RECEIVED_MS, RECEIVED_MS + 1, 0, 1].map((endMs) => ending(endMs)),
  )
  expect(take('traces', bytes)).toMatchObject({ items: 5, negativeDurations: 2 })
  expect(take('traces', bytes).bytes).toBe(bytes)
})

test('rejected items are left out, the others stay byte for byte', () => {
  const kept = [span(text(5, 'first')), span(text(5, 'last'))] as const
  const orphan = message(2, SPAN_ID, NOW)
  const checked = take('traces', request(kept[0], orphan, span(fixed64(7, 5n)), kept[1], orphan))
  expect(checked.bytes).toEqual(request(kept[0], kept[1]))
  expect(checked.rejected).toEqual({
    items: 3,
    byLabel: { id: 2, time: 1 },
    message:
      '3 of 5 spans rejected: ' +
      `2 × ${noTrace}, first at resource_spans[0].scope_spans[0].spans[1]; ` +
      `1 × ${tooOld}, first at resource_spans[0].scope_spans[0].spans[2]`,
  })
})

test('each metric point is a row of the table of its kind', () => {
  const bytes = request(
    metric('gauge', point(double(4, 1)), point(double(4, 2))),
    metric('sum', point(fixed64(6, 1n))),
    metric('histogram', point()),
    metric('exponentialHistogram', point()),
    metric('summary', point(), point(), message(1, time(0))),
    message(2, text(1, 'without data')),
  )
  expect(take('metrics', bytes)).toMatchObject({
    items: 7,
    rejected: { items: 1 },
    rows: {
      otel_metrics_gauge: 2,
      otel_metrics_sum: 1,
      otel_metrics_histogram: 1,
      otel_metrics_exponential_histogram: 1,
      otel_metrics_summary: 2,
    },
  })
})

test('a log record without any time was observed when it was received', () => {
  const checked = take('logs', request(logRecord(text(3, 'INFO'))))
  expect(checked).toMatchObject({ items: 1, earliestMs: RECEIVED_MS, latestMs: RECEIVED_MS })
  expect(decode('logs', checked.bytes)).toMatchObject({
    resource_logs: [
      {
        scope_logs: [
          {
            log_records: [
              { severity_text: 'INFO', observed_time_unix_nano: String(nanos(RECEIVED_MS)) },
            ],
          },
        ],
      },
    ],
  })
})

test('ids that are no ids are absent wherever an item does not depend on them', () => {
  const zeros = Buffer.alloc(8)
  const link = message(13, message(1, Buffer.alloc(5, 1)), message(2, zeros), text(3, 'state'))
  const spans = take('traces', request(span(message(4, zeros), link)))
  expect(spans.bytes).toEqual(request(span(message(13, text(3, 'state')))))

  const stamp = fixed64(1, nanos(RECEIVED_MS))
  const logs = take('logs', request(logRecord(stamp, message(9, zeros), message(10, zeros))))
  expect(logs.bytes).toEqual(request(logRecord(stamp)))
})

test('the first resource is named by canonical attributes, then by their aliases', () => {
  const resource = (...attributes: [string, string][]) =>
    message(1, message(1, ...attributes.map(([key, value]) => attribute(1, key, text(1, value)))))
  const bytes = Buffer.concat([
    resource(
      ['app.version', '1.9'],
      ['environment', 'staging'],
      ['deployment.environment', 'prod'],
    ),
    resource(['service.name', 'another']),
  ])
  expect(take('traces', bytes).firstResource).toEqual({ version: '1.9', environment: 'prod' })
  const both = resource(
    ['app.version', '1.9'],
    ['service.version', '2.0'],
    ['service.name', 'shop'],
  )
  expect(take('traces', both).firstResource).toEqual({ service: 'shop', version: '2.0' })
})
