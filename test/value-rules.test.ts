import { afterAll, beforeAll, expect, test } from 'vitest'
import { attribute, fixed64, message, text } from '../packages/otlp/test/encode.ts'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { until } from './harness/until.ts'

// Each rule about values and clocks, from the socket to the stored row and its counter.

let collector: RunningCollector
const answers = new Map<string, { status: number; body: string }>()

const NOW_MS = Date.now()
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const nanos = (timeMs: number) => `${Math.max(0, timeMs)}000000`.replace(/^0+(?=\d)/, '')
const KIB = 1024

type Item = Record<string, unknown>
type Kind = 'traces' | 'logs' | 'metrics'

const span = (more: Item = {}): Item => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'GET /',
  startTimeUnixNano: nanos(NOW_MS),
  endTimeUnixNano: nanos(NOW_MS + 5),
  ...more,
})
const startingAt = (timeMs: number) =>
  span({ startTimeUnixNano: nanos(timeMs), endTimeUnixNano: nanos(timeMs + 5) })
const point = (more: Item): Item => ({ timeUnixNano: nanos(NOW_MS), ...more })
const gauge = (more: Item): Item => ({ name: 'm', gauge: { dataPoints: [point(more)] } })
const histogram = (more: Item): Item => ({ name: 'm', histogram: { dataPoints: [point(more)] } })
const attributes = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `key ${i}`, value: { intValue: i } }))
const value = (stringValue: string) => ({ stringValue })
const nested = (depth: number): Item =>
  depth === 0 ? value('x') : { arrayValue: { values: [nested(depth - 1)] } }

type Case = {
  rule: string
  kind: Kind
  items: Item[]
  /** 200 unless told. */
  status?: number
  /** What the sender reads. */
  told?: RegExp
  rows?: number
  /** Of one row. */
  columns?: Record<string, unknown>
  /** Where its rows would be, if not in the first table of the kind. */
  table?: string
}

const TRACE = 'SpanAttributes'
const CASES: Case[] = [
  {
    rule: 'a time of zero is rejected',
    kind: 'traces',
    items: [span({ startTimeUnixNano: '0' })],
    told: /older than the retention/,
    rows: 0,
  },
  {
    rule: 'a time before the retention is rejected',
    kind: 'traces',
    items: [startingAt(NOW_MS - 31 * DAY_MS)],
    told: /older than the retention/,
    rows: 0,
  },
  {
    rule: 'a time within the retention is kept',
    kind: 'traces',
    items: [startingAt(NOW_MS - 29 * DAY_MS)],
    rows: 1,
  },
  {
    rule: 'nine minutes ahead is kept',
    kind: 'traces',
    items: [startingAt(NOW_MS + 9 * MINUTE_MS)],
    rows: 1,
  },
  {
    rule: '23 hours ahead is kept and counted',
    kind: 'traces',
    items: [startingAt(NOW_MS + 23 * HOUR_MS)],
    rows: 1,
  },
  {
    rule: '25 hours ahead is rejected',
    kind: 'traces',
    items: [startingAt(NOW_MS + 25 * HOUR_MS), span()],
    told: /1 of 2 spans rejected: 1 × time is more than 24 h ahead/,
    rows: 1,
  },
  {
    rule: 'the year 2262 is rejected',
    kind: 'traces',
    items: [span({ startTimeUnixNano: '18446744073709551615' })],
    told: /24 h ahead/,
    rows: 0,
  },
  {
    rule: 'a negative duration is 0',
    kind: 'traces',
    items: [span({ endTimeUnixNano: nanos(NOW_MS - 1000) })],
    rows: 1,
    columns: { Duration: '0' },
  },
  {
    rule: 'a trace id of zeros is rejected',
    kind: 'traces',
    items: [span({ traceId: '0'.repeat(32) })],
    told: /trace id/,
    rows: 0,
  },
  {
    rule: 'a short span id is rejected',
    kind: 'traces',
    items: [span({ spanId: 'b7ad' })],
    told: /span id/,
    rows: 0,
  },
  { rule: 'a span id twice is two rows', kind: 'traces', items: [span(), span()], rows: 2 },
  {
    rule: 'a value of a megabyte is cut at a character',
    kind: 'traces',
    items: [span({ attributes: [{ key: 'big', value: value('€'.repeat(350_000)) }] })],
    rows: 1,
    columns: {
      [`length(${TRACE}['big'])`]: String(64 * KIB - 1),
      [`isValidUTF8(${TRACE}['big'])`]: 1,
    },
  },
  {
    rule: 'of 10,000 attributes 1,024 are kept',
    kind: 'traces',
    items: [span({ attributes: attributes(10_000) })],
    rows: 1,
    columns: { [`length(mapKeys(${TRACE}))`]: '1024', [`${TRACE}['key 1023']`]: '1023' },
  },
  {
    rule: 'a key is cut at 256 bytes',
    kind: 'traces',
    items: [span({ attributes: [{ key: `k${'ü'.repeat(200)}`, value: value('v') }] })],
    rows: 1,
    columns: { [`length(mapKeys(${TRACE})[1])`]: '255' },
  },
  {
    rule: 'of events and links 128 each are kept',
    kind: 'traces',
    items: [
      span({
        events: Array.from({ length: 130 }, () => ({ name: 'e' })),
        links: Array.from({ length: 131 }, () => ({
          traceId: 'a'.repeat(32),
          spanId: 'b'.repeat(16),
        })),
      }),
    ],
    rows: 1,
    columns: { 'length(Events.Name)': '128', 'length(Links.TraceId)': '128' },
  },
  {
    rule: 'values nest 32 deep',
    kind: 'traces',
    items: [span({ attributes: [{ key: 'deep', value: nested(32) }] })],
    rows: 1,
    columns: { [`${TRACE}['deep']`]: `${'['.repeat(32)}"x"${']'.repeat(32)}` },
  },
  {
    rule: 'deeper nesting is refused',
    kind: 'traces',
    items: [span(), span({ attributes: [{ key: 'deep', value: nested(33) }] })],
    status: 400,
    told: /spans\[1\]\.attributes\[0\]\.value\.arrayValue.*nested deeper than 32/,
    rows: 0,
  },
  {
    rule: 'more than 100,000 items are refused',
    kind: 'logs',
    items: Array.from({ length: 100_001 }, () => ({})),
    status: 413,
    told: /100000 log records/,
    rows: 0,
  },
  {
    rule: 'a log body is cut at 256 KiB',
    kind: 'logs',
    items: [{ timeUnixNano: nanos(NOW_MS), body: value('b'.repeat(2 ** 20)) }],
    rows: 1,
    columns: { 'length(Body)': String(256 * KIB) },
  },
  {
    rule: 'a log without a time has its observed time',
    kind: 'logs',
    items: [{ observedTimeUnixNano: nanos(NOW_MS - HOUR_MS) }],
    rows: 1,
    columns: { 'toUnixTimestamp64Milli(Timestamp)': String(NOW_MS - HOUR_MS) },
  },
  {
    rule: 'a log without any time has the time it came',
    kind: 'logs',
    items: [{ body: value('now') }],
    rows: 1,
    columns: { [`abs(toUnixTimestamp64Milli(Timestamp) - ${NOW_MS}) < 120000`]: 1 },
  },
  {
    rule: 'a log with a bad id is kept without it',
    kind: 'logs',
    items: [{ timeUnixNano: nanos(NOW_MS), traceId: 'abcd', spanId: '0'.repeat(16) }],
    rows: 1,
    columns: { TraceId: '', SpanId: '' },
  },
  {
    rule: 'NaN and Infinity are values',
    kind: 'metrics',
    items: [gauge({ asDouble: 'NaN' }), gauge({ asDouble: '-Infinity' })],
    rows: 2,
    columns: { 'arraySort(groupArray(toString(Value)))': ['-inf', 'nan'] },
  },
  {
    rule: 'a point without a value is rejected',
    kind: 'metrics',
    items: [gauge({})],
    told: /no value/,
    rows: 0,
  },
  {
    rule: 'buckets that do not fit their bounds are rejected',
    kind: 'metrics',
    items: [histogram({ bucketCounts: ['1', '2'], explicitBounds: [1, 2] })],
    told: /bucket_counts/,
    rows: 0,
    table: 'otel_metrics_histogram',
  },
]

const SHAPES = {
  traces: {
    resources: 'resourceSpans',
    scopes: 'scopeSpans',
    items: 'spans',
    table: 'otel_traces',
  },
  logs: { resources: 'resourceLogs', scopes: 'scopeLogs', items: 'logRecords', table: 'otel_logs' },
  metrics: {
    resources: 'resourceMetrics',
    scopes: 'scopeMetrics',
    items: 'metrics',
    table: 'otel_metrics_gauge',
  },
} as const

function requestOf({ rule, kind, items }: Pick<Case, 'rule' | 'kind' | 'items'>) {
  const shape = SHAPES[kind]
  const resource = { attributes: [{ key: 'service.name', value: value(rule) }] }
  return { [shape.resources]: [{ resource, [shape.scopes]: [{ [shape.items]: items }] }] }
}

async function send(kind: Kind, type: string, body: string | Uint8Array) {
  const answer = await fetch(`${collector.run.ingest}/v1/${kind}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  return { status: answer.status, body: await answer.text() }
}

beforeAll(async () => {
  collector = await startCollector()
  for (const one of CASES) {
    answers.set(one.rule, await send(one.kind, 'application/json', JSON.stringify(requestOf(one))))
  }
  await until('everything is stored', async () => {
    const answer = await collector.api('/api/v1/status')
    const { data } = (await answer.json()) as { data: { lagSeconds: number } }
    return data.lagSeconds === 0 ? true : undefined
  })
})
afterAll(() => collector[Symbol.asyncDispose]())

test.each(CASES)('$rule', async ({ rule, kind, status = 200, told, rows, columns, table }) => {
  const answer = answers.get(rule)
  expect(answer?.status).toBe(status)
  if (told === undefined) expect(answer?.body).toBe('{}')
  else expect(answer?.body).toMatch(told)
  const from = `FROM ${table ?? SHAPES[kind].table} WHERE ServiceName = '${rule.replaceAll("'", "''")}'`
  expect(await collector.records(`SELECT count() AS rows ${from}`)).toEqual([
    { rows: String(rows) },
  ])
  if (columns === undefined) return
  const expressions = Object.keys(columns).map((expression, i) => `${expression} AS c${i}`)
  const [row] = await collector.records(`SELECT ${expressions.join(', ')} ${from}`)
  expect(row).toEqual(
    Object.fromEntries(Object.values(columns).map((found, i) => [`c${i}`, found])),
  )
})

test('each rule has its counter', async () => {
  const page = await (await fetch(`${collector.run.ingest}/metrics`)).text()
  const count = (series: string) =>
    Number(
      new RegExp(`^aftermath_${series.replaceAll(/[{}]/g, String.raw`\$&`)} (\\d+)$`, 'm').exec(
        page,
      )?.[1],
    )
  const counts = {
    'ingest_rejected_items_total{signal="traces",reason="time"}': 4,
    'ingest_rejected_items_total{signal="traces",reason="id"}': 2,
    'ingest_rejected_items_total{signal="traces",reason="depth"}': 1,
    'ingest_rejected_items_total{signal="metrics",reason="malformed"}': 2,
    'ingest_rejected_items_total{signal="logs",reason="size"}': 1,
    'ingest_items_total{protocol="http",signal="traces",outcome="rejected"}': 6,
    'ingest_trimmed_total{signal="traces",what="attribute"}': 8976,
    'ingest_trimmed_total{signal="traces",what="event"}': 2,
    'ingest_trimmed_total{signal="traces",what="link"}': 3,
    'ingest_trimmed_total{signal="traces",what="text"}': 2,
    'ingest_trimmed_total{signal="logs",what="text"}': 1,
    'ingest_odd_items_total{signal="traces",what="clock_skew"}': 1,
    'ingest_odd_items_total{signal="traces",what="negative_duration"}': 1,
  }
  expect(Object.fromEntries(Object.keys(counts).map((series) => [series, count(series)]))).toEqual(
    counts,
  )
})

test('a span without a service name is kept without one', async () => {
  const resourceSpans = [{ scopeSpans: [{ spans: [span({ name: 'nameless service' })] }] }]
  await send('traces', 'application/json', JSON.stringify({ resourceSpans }))
  const rows = await until('it can be read', async () => {
    const found = await collector.sql(
      "SELECT ServiceName FROM otel_traces WHERE SpanName = 'nameless service'",
    )
    return found.length > 0 ? found : undefined
  })
  expect(rows).toEqual([['']])
})

test('text that is not UTF-8 is refused with the path of its field', async () => {
  const bad = Buffer.from([0x67, 0xc3, 0x28])
  const json = JSON.stringify(
    requestOf({ rule: 'x', kind: 'traces', items: [span({ name: 'BAD' })] }),
  )
  const [before = '', after = ''] = json.split('BAD')
  const asJson = Buffer.concat([Buffer.from(before), bad, Buffer.from(after)])
  expect(await send('traces', 'application/json', asJson)).toMatchObject({
    status: 400,
    body: expect.stringContaining('resourceSpans[0].scopeSpans[0].spans[0].name: not valid UTF-8'),
  })
  const items = [
    message(2, fixed64(7, 1n)),
    message(2, attribute(9, 'k', text(1, 'v')), message(5, bad)),
  ]
  const asProtobuf = message(1, message(2, ...items))
  expect(await send('traces', 'application/x-protobuf', asProtobuf)).toMatchObject({
    status: 400,
    body: expect.stringContaining(
      'resource_spans[0].scope_spans[0].spans[1].name: not valid UTF-8',
    ),
  })
})
