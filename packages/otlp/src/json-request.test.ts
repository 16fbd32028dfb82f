import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KINDS, RECEIVED_MS, requests } from '../test/arbitrary-request.ts'
import { firstItem } from '../test/first-item.ts'
import { decode } from '../test/oracle.ts'
import { LIMITS } from '../test/requests.ts'
import { checkRequest, type SignalKind } from './check.ts'
import { jsonToProtobuf } from './json-request.ts'
import { NESTING_MAX } from './limits.ts'

const inSpan = (fields: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`
const inValue = (member: string) => inSpan(`"attributes":[{"key":"a","value":${member}}]`)
const inPoint = (fields: string) =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":[{${fields}}]}}]}]}]}`

// PROTOCOLS, section 1, 'JSON': what is accepted, and what protobuf then says.
const spans: { name: string; fields: string; span: object }[] = [
  {
    name: 'ids are hexadecimal of any case',
    fields: '"traceId":"00aBFf"',
    span: { trace_id: 'AKv/' },
  },
  { name: 'an empty id is absent', fields: '"traceId":"","spanId":""', span: {} },
  {
    name: 'a bare 64-bit number keeps all its digits',
    fields: '"startTimeUnixNano":1544712660300000001',
    span: { start_time_unix_nano: '1544712660300000001' },
  },
  {
    name: 'a 64-bit number in a string too',
    fields: '"startTimeUnixNano":"18446744073709551615"',
    span: { start_time_unix_nano: '18446744073709551615' },
  },
  {
    name: '1e3 and 1.0 are integers',
    fields: '"droppedAttributesCount":1e3,"droppedEventsCount":1.0,"droppedLinksCount":"2.50e1"',
    span: { dropped_attributes_count: 1000, dropped_events_count: 1, dropped_links_count: 25 },
  },
  {
    name: 'enums are numbers',
    fields: '"kind":2,"status":{"code":2}',
    span: { kind: 2, status: { code: 2 } },
  },
  {
    name: 'enums may be names',
    fields: '"kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}',
    span: { kind: 2, status: { code: 2 } },
  },
  { name: 'unknown enum numbers are kept', fields: '"kind":77', span: { kind: 77 } },
  { name: 'null is absent', fields: '"name":null,"status":null,"attributes":null', span: {} },
  {
    name: 'unknown keys are ignored, whatever they hold',
    fields: '"later":[{"a":[1,-2.5e-3,"\\u0041"]},true,null],"name":"n"',
    span: { name: 'n' },
  },
  { name: 'keys in snake_case are unknown', fields: '"trace_state":"x"', span: {} },
  {
    name: 'of a repeated key the last counts',
    fields: '"name":"a","kind":1,"name":"b"',
    span: { name: 'b', kind: 1 },
  },
  { name: 'of a repeated key null counts too', fields: '"name":"a","name":null', span: {} },
  {
    name: 'a repeated list does not grow, a repeated object does not merge',
    fields:
      '"events":[{"name":"a"},{"name":"b"}],"status":{"code":1},"flags":3,' +
      '"events":[{"name":"c"}],"status":{"message":"m"}',
    span: { events: [{ name: 'c' }], status: { message: 'm' }, flags: 3 },
  },
  {
    name: 'strings are unescaped',
    fields: String.raw`"name":"\"\\\/\b\f\n\r\t\u00e9\ud83c\udf89 é🎉"`,
    span: { name: '"\\/\b\f\n\r\té🎉 é🎉' },
  },
  {
    name: 'a lone surrogate becomes U+FFFD',
    fields: String.raw`"name":"a\ud83c"`,
    span: { name: 'a\ufffd' },
  },
]

test.each(spans)('$name', ({ fields, span }) => {
  expect(firstItem('traces', converted('traces', inSpan(fields)))).toEqual(span)
})

const values: { name: string; json: string; value: object }[] = [
  { name: 'an empty string is a value', json: '{"stringValue":""}', value: { string_value: '' } },
  { name: 'false is a value', json: '{"boolValue":false}', value: { bool_value: false } },
  { name: '0 is a value', json: '{"intValue":"0"}', value: { int_value: '0' } },
  {
    name: 'the smallest integer fits',
    json: '{"intValue":-9223372036854775808}',
    value: { int_value: '-9223372036854775808' },
  },
  {
    name: 'an integer beyond 64 bits is a double, as the JavaScript SDK means it',
    json: '{"intValue":1e+21}',
    value: { double_value: 1e21 },
  },
  { name: 'a double may be a string', json: '{"doubleValue":"0.5"}', value: { double_value: 0.5 } },
  { name: 'NaN is a string', json: '{"doubleValue":"NaN"}', value: { double_value: NaN } },
  {
    name: '-Infinity too',
    json: '{"doubleValue":"-Infinity"}',
    value: { double_value: -Infinity },
  },
  { name: 'bytes are base64', json: '{"bytesValue":"+/8="}', value: { bytes_value: '+/8=' } },
  {
    name: 'base64 may be URL-safe and unpadded',
    json: '{"bytesValue":"-_8"}',
    value: { bytes_value: '+/8=' },
  },
  {
    name: 'an array has values',
    json: '{"arrayValue":{"values":[{"intValue":1},null,{"arrayValue":{}}]}}',
    value: { array_value: { values: [{ int_value: '1' }, {}, { array_value: {} }] } },
  },
  {
    name: 'a map has pairs',
    json: '{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}},{"key":"n","value":null}]}}',
    value: { kvlist_value: { values: [{ key: 'k', value: { bool_value: true } }, { key: 'n' }] } },
  },
]

test.each(values)('$name', ({ json, value }) => {
  expect(firstItem('traces', converted('traces', inValue(json)))).toEqual({
    attributes: [{ key: 'a', value }],
  })
})

test('lists of numbers take every spelling', () => {
  const json = inPoint(
    '"bucketCounts":["1",2,3e0],"explicitBounds":[0.5,"1e3"],"sum":"1.5","count":"6"',
  )
  expect(firstItem('metrics', converted('metrics', json))).toMatchObject({
    histogram: {
      data_points: [
        { bucket_counts: ['1', '2', '3'], explicit_bounds: [0.5, 1000], sum: 1.5, count: '6' },
      ],
    },
  })
})

test('of a oneof set twice the last counts once checked', () => {
  const bytes = converted(
    'traces',
    inSpan(
      `"traceId":"${'01'.repeat(16)}","spanId":"${'02'.repeat(8)}","startTimeUnixNano":"${RECEIVED_MS}000000",` +
        '"attributes":[{"key":"a","value":{"stringValue":"x","intValue":5}}]',
    ),
  )
  const checked = checkRequest('traces', bytes, LIMITS)
  expect(checked.outcome === 'ok' && firstItem('traces', checked.bytes)).toMatchObject({
    attributes: [{ value: { int_value: '5' } }],
  })
})

test.each(['', ' \n', '{}', '{"resourceSpans":[]}', '\ufeff{}'])(
  '%j is a request without items',
  (json) => {
    expect(jsonToProtobuf('traces', Buffer.from(json))).toEqual({
      outcome: 'ok',
      bytes: Buffer.alloc(0),
    })
  },
)

test('a request of unknown keys alone gets a hint', () => {
  const outcome = jsonToProtobuf('traces', Buffer.from('{"resource_spans":[]}'))
  expect(outcome).toMatchObject({ outcome: 'ok', hint: expect.stringContaining('"resourceSpans"') })
  expect(outcome).toMatchObject({ hint: expect.stringContaining('"resource_spans"') })
})

const span0 = 'resourceSpans[0].scopeSpans[0].spans[0]'
const malformed: { json: string; path: string; message: RegExp }[] = [
  { json: '[]', path: '', message: /an object/ },
  { json: '{', path: '', message: /a string/ },
  { json: '{} {}', path: '', message: /the end/ },
  { json: '{"resourceSpans":{}}', path: 'resourceSpans', message: /an array/ },
  { json: '{"resourceSpans":[{}', path: 'resourceSpans', message: /a comma/ },
  { json: '{"resourceSpans":[{},]}', path: 'resourceSpans[1]', message: /an object/ },
  { json: inSpan('"name":5'), path: `${span0}.name`, message: /a string/ },
  { json: inSpan('"name":"\n"'), path: `${span0}.name`, message: /closing quote/ },
  { json: inSpan(String.raw`"name":"\x"`), path: `${span0}.name`, message: /escape/ },
  { json: inSpan(String.raw`"name":"\u12g4"`), path: `${span0}.name`, message: /escape/ },
  {
    json: inSpan('"traceId":"AAECAwQFBgcICQoLDA0ODw=="'),
    path: `${span0}.traceId`,
    message: /hexadecimal/,
  },
  { json: inSpan('"traceId":"abc"'), path: `${span0}.traceId`, message: /hexadecimal/ },
  {
    json: inSpan('"startTimeUnixNano":1.5'),
    path: `${span0}.startTimeUnixNano`,
    message: /not an integer/,
  },
  {
    json: inSpan('"startTimeUnixNano":-1'),
    path: `${span0}.startTimeUnixNano`,
    message: /outside 0 to/,
  },
  {
    json: inSpan('"startTimeUnixNano":"18446744073709551616"'),
    path: `${span0}.startTimeUnixNano`,
    message: /outside/,
  },
  {
    json: inSpan('"startTimeUnixNano":1e999999999'),
    path: `${span0}.startTimeUnixNano`,
    message: /outside/,
  },
  {
    json: inSpan('"startTimeUnixNano":01'),
    path: `${span0}.startTimeUnixNano`,
    message: /a number/,
  },
  {
    json: inSpan('"startTimeUnixNano":"soon"'),
    path: `${span0}.startTimeUnixNano`,
    message: /not an integer/,
  },
  { json: inSpan('"flags":4294967296'), path: `${span0}.flags`, message: /outside/ },
  { json: inSpan('"kind":"SERVER"'), path: `${span0}.kind`, message: /no SpanKind/ },
  { json: inSpan('"status":"OK"'), path: `${span0}.status`, message: /an object/ },
  {
    json: inValue('{"boolValue":1}'),
    path: `${span0}.attributes[0].value.boolValue`,
    message: /true or false/,
  },
  {
    json: inValue('{"doubleValue":1e999}'),
    path: `${span0}.attributes[0].value.doubleValue`,
    message: /too large/,
  },
  {
    json: inValue('{"doubleValue":"nan"}'),
    path: `${span0}.attributes[0].value.doubleValue`,
    message: /not a number/,
  },
  {
    json: inValue('{"bytesValue":"a"}'),
    path: `${span0}.attributes[0].value.bytesValue`,
    message: /base64/,
  },
  {
    json: inValue('{"bytesValue":"a$=="}'),
    path: `${span0}.attributes[0].value.bytesValue`,
    message: /base64/,
  },
  {
    json: inValue('{"boolValue":truth}'),
    path: `${span0}.attributes[0].value.boolValue`,
    message: /true or false|comma/,
  },
]

test.each(malformed)('$json is malformed, and the answer says where', ({ json, path, message }) => {
  const outcome = jsonToProtobuf('traces', Buffer.from(json))
  expect(outcome).toMatchObject({ outcome: 'malformed', path })
  expect('message' in outcome && outcome.message).toMatch(message)
})

test('bytes that are not UTF-8 are malformed where they are', () => {
  const [before, after] = [
    '{"resourceSpans":[{"scopeSpans":[{},{"spans":[{"name":"a"},{"name":"gr',
    '"}]}]}]}',
  ]
  const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0x28]), Buffer.from(after)])
  expect(jsonToProtobuf('traces', bytes)).toEqual({
    outcome: 'malformed',
    offsetBytes: before.length,
    path: 'resourceSpans[0].scopeSpans[1].spans[1].name',
    message: 'not valid UTF-8',
  })
})

const nestedJson = (levels: number) =>
  inValue(`${'{"arrayValue":{"values":['.repeat(levels)}{"intValue":1}${']}}'.repeat(levels)}`)

test(`values nest ${NESTING_MAX} deep, and no deeper`, () => {
  const bytes = converted('traces', nestedJson(NESTING_MAX))
  expect(checkRequest('traces', bytes, LIMITS)).toMatchObject({ outcome: 'ok' })
  expect(jsonToProtobuf('traces', Buffer.from(nestedJson(NESTING_MAX + 1)))).toMatchObject({
    outcome: 'malformed',
  })
})

test.each(['[', '{"a":', '{"resourceSpans":[', '{"x":[{"y":'])(
  'a million times %s does not exhaust the stack',
  (opening) => {
    const outcome = jsonToProtobuf('traces', Buffer.from(`{"a":${opening.repeat(1_000_000)}`))
    expect(outcome).toMatchObject({ outcome: 'malformed' })
  },
)

test('any text gets an answer', () => {
  const pieces = fc.constantFrom(
    ...'{ } [ ] : , " \\ 1 -1 1e9 null true "resourceSpans": "scopeSpans": "spans": "name":'.split(
      ' ',
    ),
  )
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.array(pieces), (kind, list) => {
      jsonToProtobuf(kind, Buffer.from(list.join('')))
    }),
    { numRuns: 2000 },
  )
})

const CAMEL = /_(\w)/g
const ID_KEYS = new Set(['traceId', 'spanId', 'parentSpanId'])

/** What protobuf understands of a request, as OTLP/JSON. */
function toJson(value: unknown): unknown {
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => {
      const key = name.replaceAll(CAMEL, (_, letter: string) => letter.toUpperCase())
      const isId = ID_KEYS.has(key) && typeof child === 'string'
      return [key, isId ? Buffer.from(child, 'base64').toString('hex') : toJson(child)]
    }),
  )
}

test('a request says the same in JSON, and what is accepted is never malformed', () => {
  fc.assert(
    fc.property(requests, ({ kind, bytes }) => {
      const plain = checkRequest(kind, bytes, LIMITS)
      if (plain.outcome !== 'ok') return
      const understood = decode(kind, plain.bytes)
      const json = JSON.stringify(toJson(understood))
      const inProtobuf = converted(kind, json)
      // An id that is there and empty is absent in JSON.
      expect(decode(kind, inProtobuf)).toEqual(withoutEmptyIds(understood))
      expect(checkRequest(kind, inProtobuf, LIMITS)).toMatchObject({
        outcome: 'ok',
        rows: plain.rows,
        rejected: undefined,
      })
    }),
    { numRuns: 1000 },
  )
})

function withoutEmptyIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyIds)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, child]) => !(name.endsWith('_id') && child === ''))
      .map(([name, child]) => [name, withoutEmptyIds(child)]),
  )
}

function converted(kind: SignalKind, json: string): Uint8Array {
  const outcome = jsonToProtobuf(kind, Buffer.from(json))
  if (outcome.outcome !== 'ok') throw new Error(`${outcome.path}: ${outcome.message}`)
  return outcome.bytes
}
