import { expect, test } from 'vitest'
import { attribute, fixed64, message, text, varint } from '../test/encode.ts'
import { LIMITS, logRecord, metric, point, request, span } from '../test/requests.ts'
import { checkRequest, type SignalKind } from './check.ts'
import { NESTING_MAX, REWRITES_MAX } from './limits.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const inSpan = 'resource_spans[0].scope_spans[0].spans[0]'

const cases: {
  name: string
  kind?: SignalKind
  request: Uint8Array
  path: string
  message: RegExp
}[] = [
  {
    name: 'a length past its message',
    request: request(span(bytes('2a 7f 41'))),
    path: `${inSpan}.name`,
    message: /127 bytes long/,
  },
  {
    name: 'a tag without its value',
    request: request(span(), span(bytes('2a'))),
    path: 'resource_spans[0].scope_spans[0].spans[1].name',
    message: /cut short/,
  },
  {
    name: 'a varint without end',
    request: request(span(bytes('30 80 80'))),
    path: `${inSpan}.kind`,
    message: /cut short/,
  },
  {
    name: 'a varint of 11 bytes',
    request: request(span(bytes('30 ff ff ff ff ff ff ff ff ff ff 01'))),
    path: `${inSpan}.kind`,
    message: /above 64 bits/,
  },
  {
    name: 'a varint of 65 bits',
    request: request(span(bytes('30 ff ff ff ff ff ff ff ff ff 02'))),
    path: `${inSpan}.kind`,
    message: /above 64 bits/,
  },
  {
    name: 'half a fixed64',
    request: request(span(bytes('39 01 02 03 04'))),
    path: `${inSpan}.start_time_unix_nano`,
    message: /cut short/,
  },
  {
    name: 'a string where a number belongs',
    request: request(span(message(7, Buffer.alloc(8)))),
    path: `${inSpan}.start_time_unix_nano`,
    message: /wire type 2 instead of 1/,
  },
  {
    name: 'a number where a message belongs',
    request: request(span(varint(15, 2))),
    path: `${inSpan}.status`,
    message: /wire type 0 instead of 2/,
  },
  {
    name: 'a group',
    request: request(span(bytes('9b 06 9c 06'))),
    path: `${inSpan}.unknown field 99`,
    message: /wire type 3/,
  },
  {
    name: 'field number 0',
    request: request(span(bytes('00 01'))),
    path: `${inSpan}.unknown field 0`,
    message: /field number 0/,
  },
  {
    name: 'a tag above 32 bits',
    request: request(span(bytes('fa ff ff ff ff 01 00'))),
    path: inSpan,
    message: /above 32 bits/,
  },
  {
    name: 'a name that is not UTF-8',
    request: request(span(message(5, bytes('61 ff')))),
    path: `${inSpan}.name`,
    message: /UTF-8/,
  },
  {
    name: 'a surrogate in an attribute',
    request: request(
      span(attribute(9, 'a', text(1, 'b')), attribute(9, 'c', message(1, bytes('ed a0 80')))),
    ),
    path: `${inSpan}.attributes[1].value.string_value`,
    message: /UTF-8/,
  },
  {
    name: 'a fault inside a map inside an array',
    kind: 'logs',
    request: request(
      logRecord(message(5, message(5, message(1, message(6, attribute(1, 'k', bytes('0a 09'))))))),
    ),
    path: 'resource_logs[0].scope_logs[0].log_records[0].body.array_value.values[0].kvlist_value.values[0].value.string_value',
    message: /9 bytes long/,
  },
  {
    name: 'packed buckets cut short',
    kind: 'metrics',
    request: request(metric('histogram', point(message(6, Buffer.alloc(12))))),
    path: 'resource_metrics[0].scope_metrics[0].metrics[0].histogram.data_points[0].bucket_counts',
    message: /cut short/,
  },
  {
    name: 'JSON',
    request: Buffer.from('{"resourceSpans":[]}'),
    path: 'unknown field 15',
    message: /looks like JSON/,
  },
]

test.each(cases)('$name is malformed, and the answer says where', (one) => {
  const outcome = checkRequest(one.kind ?? 'traces', one.request, LIMITS)
  expect(outcome).toMatchObject({ outcome: 'malformed', path: one.path })
  expect('message' in outcome && outcome.message).toMatch(one.message)
})

test('the offset of a fault is that of its field', () => {
  const good = request(span())
  const bad = Buffer.concat([good, request(span(text(5, 'x'), bytes('30 80')))])
  const outcome = checkRequest('traces', bad, LIMITS)
  expect(outcome).toMatchObject({ offsetBytes: bad.length - 2 })
})

test('no prefix of a request that ends inside its envelope is taken', () => {
  const whole = request(span(attribute(9, 'key', text(1, 'value')), fixed64(8, 1n)))
  for (let size = 1; size < whole.length; size++) {
    expect(checkRequest('traces', whole.subarray(0, size), LIMITS).outcome).toBe('malformed')
  }
})

/** A value inside so many arrays. */
function nested(levels: number): Uint8Array {
  let value: Uint8Array = text(1, 'deep')
  for (let level = 0; level < levels; level++) value = message(5, message(1, value))
  return value
}

test(`values nest ${NESTING_MAX} deep, and no deeper`, () => {
  const allowed = request(span(attribute(9, 'a', nested(NESTING_MAX))))
  expect(checkRequest('traces', allowed, LIMITS).outcome).toBe('ok')
  const deeper = request(span(attribute(9, 'a', nested(NESTING_MAX + 1))))
  expect(checkRequest('traces', deeper, LIMITS)).toMatchObject({
    outcome: 'malformed',
    message: 'arrays and maps nested deeper than 32',
  })
})

test('a million levels are refused like 33', () => {
  const levelBytes = 5 // a tag, and a length of four bytes: the rest
  const bomb = Buffer.alloc(1_000_000 * levelBytes)
  for (let at = 0; at < bomb.length; at += levelBytes) {
    const rest = bomb.length - at - levelBytes
    const isArray = (at / levelBytes) % 2 === 0
    bomb.set([isArray ? 0x2a : 0x0a, ...[0, 7, 14].map((bits) => (rest >> bits) | 0x80)], at)
    bomb[at + 4] = rest >> 21
  }
  const outcome = checkRequest('traces', request(span(attribute(9, 'a', bomb))), LIMITS)
  expect(outcome).toMatchObject({ outcome: 'malformed', message: /nested deeper/ })
})

test('more items than allowed are refused', () => {
  const two = request(span(), span())
  expect(checkRequest('traces', two, { ...LIMITS, itemsMax: 2 }).outcome).toBe('ok')
  expect(checkRequest('traces', two, { ...LIMITS, itemsMax: 1 })).toEqual({
    outcome: 'too_many_items',
    itemsMax: 1,
    message: 'More than 1 spans in one request: send smaller ones.',
  })
})

test('a request made of places to rewrite is refused before it takes the memory', () => {
  const exemplar = Buffer.from(message(5, attribute(7, '', message(5))))
  const exemplars = Buffer.alloc(exemplar.length * (REWRITES_MAX / 2), exemplar)
  const bomb = request(metric('gauge', point(fixed64(6, 1n), exemplars)))
  expect(checkRequest('metrics', bomb, LIMITS)).toMatchObject({
    outcome: 'too_many_items',
    message: /More than 1000000 places/,
  })
})
