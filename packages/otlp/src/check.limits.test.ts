import { expect, test } from 'vitest'
import { attribute, fixed64, message, text, varint } from '../test/encode.ts'
import { firstItem, take } from '../test/first-item.ts'
import { LIMITS, logRecord, metric, point, request, span } from '../test/requests.ts'
import { checkRequest } from './check.ts'
import {
  ATTRIBUTES_MAX,
  BODY_BYTES_MAX,
  EVENTS_MAX,
  KEY_BYTES_MAX,
  LINKS_MAX,
  VALUE_BYTES_MAX,
} from './limits.ts'

const KIB = 1024

test('the limits are those of the documentation', () => {
  expect({ ATTRIBUTES_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX, BODY_BYTES_MAX }).toEqual({
    ATTRIBUTES_MAX: 1024,
    KEY_BYTES_MAX: 256,
    VALUE_BYTES_MAX: 64 * KIB,
    BODY_BYTES_MAX: 256 * KIB,
  })
  expect([EVENTS_MAX, LINKS_MAX]).toEqual([128, 128])
})

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => attribute(9, `key ${index}`, varint(3, index)))

test('of more than 1,024 attributes the first are kept', () => {
  const allowed = request(span(...many(1024), varint(6, 2)))
  expect(take('traces', allowed).bytes).toBe(allowed)
  const checked = take('traces', request(span(...many(1030), varint(6, 2))))
  expect(checked.bytes).toEqual(allowed)
  expect(checked).toMatchObject({ items: 1, droppedAttributes: 6, rejected: undefined })
})

test('attributes of an event do not count for its span', () => {
  const events = many(1024).map((one) => one.with(0, (3 << 3) | 2))
  const allowed = request(span(...many(1024), message(11, ...events)))
  expect(take('traces', allowed).bytes).toBe(allowed)
})

test('of more than 128 events and links the first are kept', () => {
  const event = (index: number) => message(11, text(2, `event ${index}`))
  const link = (index: number) => message(13, text(3, `state ${index}`))
  const spanWith = (events: number, links: number) =>
    span(
      ...Array.from({ length: events }, (_, index) => event(index)),
      ...Array.from({ length: links }, (_, index) => link(index)),
    )
  const checked = take('traces', request(spanWith(130, 129), spanWith(128, 128)))
  expect(checked.bytes).toEqual(request(spanWith(128, 128), spanWith(128, 128)))
  expect(checked).toMatchObject({ droppedEvents: 2, droppedLinks: 1, items: 2 })
})

const texts = [
  { name: 'a key of 256 bytes', size: 256, make: (size: number) => attribute(9, 'k'.repeat(size)) },
  {
    name: 'a value of 64 KiB',
    size: 64 * KIB,
    make: (size: number) => attribute(9, 'k', text(1, 'v'.repeat(size))),
  },
]

test.each(texts)('$name is kept, a longer one cut', ({ size, make }) => {
  const allowed = request(span(make(size)))
  expect(take('traces', allowed).bytes).toBe(allowed)
  const checked = take('traces', request(span(make(size + 1)), span(make(5))))
  expect(checked.bytes).toEqual(request(span(make(size)), span(make(5))))
  expect(checked.cutTexts).toBe(1)
})

test('a log body is cut at 256 KiB', () => {
  const stamp = fixed64(11, 1_800_000_000_000_000_000n)
  const body = (size: number) => logRecord(stamp, message(5, text(1, 'b'.repeat(size))))
  expect(take('logs', request(body(256 * KIB + 1))).bytes).toEqual(request(body(256 * KIB)))
})

test('bytes are cut where their base64 is 64 KiB long', () => {
  const value = (size: number) => attribute(9, 'k', message(7, Buffer.alloc(size, 7)))
  const most = (64 * KIB * 3) / 4
  const allowed = request(span(value(most)))
  expect(take('traces', allowed).bytes).toBe(allowed)
  expect(take('traces', request(span(value(most + 1)))).bytes).toEqual(allowed)
})

test('a text is cut between characters', () => {
  // 3 bytes, then 4 each: the limit of 256 falls inside a character.
  const key = (emoji: number) => `key${'🎉'.repeat(emoji)}`
  const bytes = request(span(attribute(9, key(64))))
  expect(take('traces', bytes).bytes).toEqual(request(span(attribute(9, key(63)))))
})

test('the JSON text of a map is cut like any value', () => {
  const entries = Array.from({ length: 5000 }, (_, index) =>
    attribute(1, `key ${String(index).padStart(6, '0')}`, varint(3, 1)),
  )
  const bytes = request(span(attribute(9, 'm', message(6, ...entries.toReversed()))))
  const checked = take('traces', bytes)
  expect(checked.cutTexts).toBe(1)
  const [{ value }] = firstItem('traces', checked.bytes)['attributes'] as [
    { value: { string_value: string } },
  ]
  expect(value.string_value).toHaveLength(64 * KIB)
  expect(value.string_value.startsWith('{"key 000000":1,"key 000001":1,')).toBe(true)
})

test('what is trimmed of a rejected item does not keep it', () => {
  const lost = message(2, attribute(9, 'k'.repeat(300), text(1, 'v')), ...many(1030))
  expect(take('traces', request(span(), lost, span())).bytes).toEqual(request(span(), span()))
})

test('a point with thousands of exemplars keeps them', () => {
  const exemplars = Array.from({ length: 3000 }, () => message(5, fixed64(6, 1n)))
  const bytes = request(metric('gauge', point(fixed64(6, 1n), ...exemplars)))
  expect(checkRequest('metrics', bytes, LIMITS)).toMatchObject({ outcome: 'ok', items: 1 })
  expect(take('metrics', bytes).bytes).toBe(bytes)
})
