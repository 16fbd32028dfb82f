import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, protobufOf, type Project } from '../../../test/project.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const HOUR_NS = 3_600_000_000_000n
const START_NS = BigInt(Math.floor(Date.now() / 3_600_000)) * HOUR_NS
const ids = { traceId: '0AF7651916CD43DD8448EB211C80319C', spanId: 'b7ad6b7169203331' }

type Values = Record<string, unknown>
const keyValues = (entries: [key: string, value: Values | undefined][]) =>
  entries.map(([key, value]) => ({ key, ...(value && { value }) }))

const request = (spans: Values[], resource: Values = {}, scope: Values = {}) => ({
  resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }],
})

/** Stores spans in a batch of their own and reads them back in order of their names. */
let batches = 100n
async function stored(spans: Values[], resource?: Values, scope?: Values) {
  const batch = batches++
  const times = { startTimeUnixNano: String(START_NS), endTimeUnixNano: String(START_NS + 1n) }
  const whole = spans.map((span) => ({ ...ids, ...times, ...span }))
  await project.store('traces', [protobufOf('traces', request(whole, resource, scope))], batch)
  return project.read(`SELECT * FROM otel_traces WHERE _batch = ${batch} ORDER BY SpanName`)
}

test('stores every column of a span', async () => {
  const attributes = keyValues([
    ['b', { stringValue: 'zwei' }],
    ['a', { stringValue: 'eins' }],
  ])
  const time = (offsetNs: number) => String(START_NS + BigInt(offsetNs))
  const [row] = await stored(
    [
      {
        parentSpanId: '00f067aa0ba902b7',
        traceState: 'vendor=1,ot=th:8',
        name: 'GET /käse',
        kind: 2,
        startTimeUnixNano: time(1_000_000_001),
        endTimeUnixNano: time(1_250_000_004),
        attributes,
        status: { code: 2, message: 'broken' },
        events: [
          { timeUnixNano: time(7), name: 'exception', attributes },
          { timeUnixNano: '0', name: '' },
        ],
        links: [
          { ...ids, traceState: 'x=y', attributes },
          { traceId: '', spanId: '0000000000000000' },
        ],
      },
    ],
    { attributes: keyValues([['service.name', { stringValue: 'shop' }]]) },
    { name: 'lib', version: '1.2' },
  )
  const moment = new Date(Number(START_NS / 1_000_000n))
    .toISOString()
    .replace('T', ' ')
    .slice(0, 17)
  const sorted = { a: 'eins', b: 'zwei' }
  expect(row).toEqual({
    Timestamp: `${moment}01.000000001`,
    TraceId: '0af7651916cd43dd8448eb211c80319c',
    SpanId: 'b7ad6b7169203331',
    ParentSpanId: '00f067aa0ba902b7',
    TraceState: 'vendor=1,ot=th:8',
    SpanName: 'GET /käse',
    SpanKind: 'Server',
    ServiceName: 'shop',
    ResourceAttributes: { 'service.name': 'shop' },
    ScopeName: 'lib',
    ScopeVersion: '1.2',
    SpanAttributes: sorted,
    Duration: '250000003',
    StatusCode: 'Error',
    StatusMessage: 'broken',
    'Events.Timestamp': [`${moment}00.000000007`, '1970-01-01 00:00:00.000000000'],
    'Events.Name': ['exception', ''],
    'Events.Attributes': [sorted, {}],
    'Links.TraceId': ['0af7651916cd43dd8448eb211c80319c', ''],
    'Links.SpanId': ['b7ad6b7169203331', ''],
    'Links.TraceState': ['x=y', ''],
    'Links.Attributes': [sorted, {}],
    _batch: expect.stringMatching(/^1\d\d$/),
  })
})

test('leaves empty what a span does not say', async () => {
  const [row] = await stored([{ parentSpanId: '0000000000000000', attributes: [] }])
  expect(row).toMatchObject({
    ParentSpanId: '',
    ServiceName: '',
    SpanKind: 'Unspecified',
    StatusCode: 'Unset',
    ResourceAttributes: {},
    SpanAttributes: {},
    'Events.Name': [],
    'Links.TraceId': [],
  })
})

test.each([
  [-2, ''],
  [-1, ''],
  [0, 'Unspecified'],
  [1, 'Internal'],
  [2, 'Server'],
  [3, 'Client'],
  [4, 'Producer'],
  [5, 'Consumer'],
  [6, ''],
])('calls the kind %i %j', async (kind, name) => {
  expect(await stored([{ kind }])).toMatchObject([{ SpanKind: name }])
})

test.each([
  [-1, ''],
  [0, 'Unset'],
  [1, 'Ok'],
  [2, 'Error'],
  [3, ''],
])('calls the status %i %j', async (code, name) => {
  expect(await stored([{ status: { code } }])).toMatchObject([{ StatusCode: name }])
})

test.each([
  { end: 0n, duration: '0' },
  { end: START_NS - 1n, duration: '0' },
  { end: START_NS, duration: '0' },
  { end: START_NS + 1n, duration: '1' },
  { end: 2n ** 64n - 1n, duration: String(2n ** 64n - 1n - START_NS) },
])('gives a span that ends at $end the duration $duration', async ({ end, duration }) => {
  expect(await stored([{ endTimeUnixNano: String(end) }])).toMatchObject([{ Duration: duration }])
})

test('renders values as text', async () => {
  const values: [value: Values | undefined, text: string][] = [
    [undefined, ''],
    [{}, ''],
    [{ stringValue: '' }, ''],
    [{ stringValue: 'naïve 🧀\n\t"\\' }, 'naïve 🧀\n\t"\\'],
    [{ boolValue: false }, 'false'],
    [{ boolValue: true }, 'true'],
    [{ intValue: '0' }, '0'],
    [{ intValue: '-9223372036854775808' }, '-9223372036854775808'],
    [{ intValue: '9223372036854775807' }, '9223372036854775807'],
    [{ doubleValue: 0 }, '0'],
    [{ doubleValue: '-0' }, '0'],
    [{ doubleValue: 1 }, '1'],
    [{ doubleValue: 'NaN' }, 'NaN'],
    [{ doubleValue: 'Infinity' }, 'Infinity'],
    [{ doubleValue: '-Infinity' }, '-Infinity'],
    [{ bytesValue: '' }, ''],
    [{ bytesValue: '+/8A' }, '+/8A'],
    [{ bytesValue: 'AA==' }, 'AA=='],
  ]
  const [row] = await stored([
    { attributes: keyValues(values.map(([value], at) => [`k${at}`, value])) },
  ])
  expect(row?.['SpanAttributes']).toEqual(
    Object.fromEntries(values.map(([, text], at) => [`k${at}`, text])),
  )
})

test('prints doubles as JavaScript does', async () => {
  const numbers = [
    0.1,
    1e-6,
    1e-7,
    1.5e-7,
    1e20,
    1e21,
    -1.5e300,
    5e-324,
    Number.MAX_VALUE,
    2 ** 53 + 2,
    123456.789,
    ...fc.sample(fc.double({ noNaN: true }), { numRuns: 2000, seed: 1 }),
  ]
  const [row] = await stored([
    {
      attributes: numbers.map((doubleValue, at) => ({
        key: `k${at}`,
        value: { doubleValue: String(doubleValue) },
      })),
    },
  ])
  const texts = row?.['SpanAttributes'] as Record<string, string>
  expect(numbers.map((_, at) => texts[`k${at}`])).toEqual(numbers.map(String))
})

test('keeps the last value of a repeated key, in every map', async () => {
  const attributes = keyValues([
    ['b', { stringValue: 'first' }],
    ['a', { intValue: '1' }],
    ['b', { stringValue: 'second' }],
    ['c', { boolValue: true }],
    ['b', { stringValue: 'last' }],
    ['a', undefined],
  ])
  const [row] = await stored([{ attributes, events: [{ attributes }], links: [{ attributes }] }], {
    attributes,
  })
  const map = { a: '', b: 'last', c: 'true' }
  expect(row).toMatchObject({
    ResourceAttributes: map,
    SpanAttributes: map,
    'Events.Attributes': [map],
    'Links.Attributes': [map],
  })
})

test('sorts the keys of a map by their bytes', async () => {
  const keys = ['z', 'a', 'é', 'Z', 'a.b', 'a-b', '🧀', '']
  const [row] = await stored([
    { attributes: keyValues(keys.map((key) => [key, { stringValue: key }])) },
  ])
  expect(Object.keys(row?.['SpanAttributes'] as object)).toEqual(
    keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  )
})

test('notes when a trace was', async () => {
  const traceId = 'ffffffffffffffffffffffffffffff01'
  const at = (seconds: number) => String(START_NS + BigInt(seconds) * 1_000_000_000n + 5n)
  await stored([7, 3, 5].map((seconds) => ({ traceId, startTimeUnixNano: at(seconds) })))
  await stored([{ traceId, startTimeUnixNano: at(9) }])
  const [row] = await project.read(`SELECT min(Start) AS first, max(End) AS last
    FROM otel_traces_trace_id_ts WHERE TraceId = '${traceId}'`)
  const second = (offset: number) =>
    new Date(Number(START_NS / 1_000_000n) + offset * 1000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ')
  expect(row).toEqual({ first: second(3), last: second(9) })
})

test('takes several requests joined as one', async () => {
  const span = (name: string) => ({ ...ids, name, startTimeUnixNano: String(START_NS) })
  const resource = { attributes: keyValues([['service.name', { stringValue: 'joined' }]]) }
  const first = protobufOf('traces', request([span('a'), span('b')], resource))
  const second = protobufOf('traces', request([span('c')]))
  await project.store('traces', [first, new Uint8Array(), second], 2n ** 64n - 1n)
  const rows = await project.read(
    'SELECT SpanName, ServiceName FROM otel_traces WHERE _batch = 18446744073709551615 ORDER BY SpanName',
  )
  expect(rows).toEqual([
    { SpanName: 'a', ServiceName: 'joined' },
    { SpanName: 'b', ServiceName: 'joined' },
    { SpanName: 'c', ServiceName: '' },
  ])
})

test('writes a batch as one part per day, so that it is there wholly or not', async () => {
  const dayNs = 24n * HOUR_NS
  const spans = Array.from({ length: 40_000 }, (_, at) => ({
    ...ids,
    name: `operation ${at % 500}`,
    startTimeUnixNano: String(START_NS - BigInt(at % 3) * dayNs),
    attributes: keyValues([['text', { stringValue: 'x'.repeat(600) }]]),
  }))
  const quarter = (from: number) => protobufOf('traces', request(spans.slice(from, from + 10_000)))
  await using other = await openProject()
  await other.command('SYSTEM STOP MERGES otel_traces')
  await other.store('traces', [0, 10_000, 20_000, 30_000].map(quarter), 5n)
  const parts =
    await other.read(`SELECT partition, sum(rows) AS rows, count() AS parts FROM system.parts
    WHERE database = '${other.database}' AND table = 'otel_traces' AND active GROUP BY partition`)
  expect(parts).toHaveLength(3)
  expect(parts.map((day) => day['parts'])).toEqual(['1', '1', '1'])
  expect(parts.reduce((sum, { rows }) => sum + Number(rows), 0)).toBe(40_000)
})
