import { expect, test } from 'vitest'
import { attribute, double, fixed64, message, text, varint } from '../test/encode.ts'
import { take } from '../test/first-item.ts'
import { decode } from '../test/oracle.ts'
import { logRecord, metric, point, request, span } from '../test/requests.ts'
import type { SignalKind } from './check.ts'

const overlong = (tag: number, ...rest: readonly number[]) => Uint8Array.from([tag, ...rest])
/** 2^63 - 1 in one byte more than it takes. */
const padded = (...tag: readonly number[]) =>
  Uint8Array.from([...tag, ...Array<number>(8).fill(0xff), 0xff, 0])
const stamp = fixed64(1, 1_800_000_000_000_000_000n)

// What ClickHouse 26.7 was seen to refuse or misread, and how protobuf reads it.
const cases: { name: string; kind?: SignalKind; odd: Uint8Array; plain: Uint8Array }[] = [
  {
    name: 'of a oneof set twice the last counts',
    odd: span(attribute(9, 'a', text(1, 'x'), varint(3, 5))),
    plain: span(attribute(9, 'a', varint(3, 5))),
  },
  {
    name: 'of the same member set twice too',
    odd: span(attribute(9, 'a', text(1, 'x'), text(1, 'y'))),
    plain: span(attribute(9, 'a', text(1, 'y'))),
  },
  {
    name: 'a value given in two parts is one value',
    odd: span(message(9, text(1, 'a'), message(2, text(1, 'x')), message(2, double(4, 2.5)))),
    plain: span(attribute(9, 'a', double(4, 2.5))),
  },
  {
    name: 'an array after a string is the value',
    odd: span(attribute(9, 'a', text(1, 'x'), message(5, message(1, varint(3, 1))))),
    plain: span(attribute(9, 'a', text(1, '[1]'))),
  },
  {
    name: 'an array given in two parts is joined',
    odd: span(
      attribute(9, 'a', message(5, message(1, varint(3, 1))), message(5, message(1, varint(3, 2)))),
    ),
    plain: span(attribute(9, 'a', text(1, '[1,2]'))),
  },
  {
    name: 'of a string set twice the last counts',
    odd: span(text(5, 'first'), text(5, 'second')),
    plain: span(text(5, 'second')),
  },
  {
    name: 'of a key set twice too',
    odd: span(message(9, text(1, 'a'), message(2, varint(3, 1)), text(1, 'b'))),
    plain: span(message(9, message(2, varint(3, 1)), text(1, 'b'))),
  },
  {
    name: 'a message in two parts is merged',
    odd: span(message(15, text(2, 'why')), varint(6, 2), message(15, varint(3, 2))),
    plain: span(varint(6, 2), message(15, text(2, 'why'), varint(3, 2))),
  },
  {
    name: 'a true above 1 is true',
    odd: span(attribute(9, 'a', varint(2, 2 ** 40))),
    plain: span(attribute(9, 'a', varint(2, 1))),
  },
  {
    name: 'a kind above 32 bits loses the high ones',
    odd: span(varint(6, 2n ** 33n + 2n)),
    plain: span(varint(6, 2)),
  },
  {
    name: 'a negative kind in five bytes is negative',
    odd: span(overlong(0x30, 0xff, 0xff, 0xff, 0xff, 0x0f)),
    plain: span(varint(6, -1)),
  },
  {
    name: 'a number of ten bytes, of which the last says nothing, is the number without it',
    odd: span(attribute(9, 'a', padded(0x18))),
    plain: span(attribute(9, 'a', varint(3, 2n ** 63n - 1n))),
  },
  {
    name: 'of packed numbers too',
    kind: 'metrics',
    odd: metric('exponentialHistogram', point(message(8, message(2, padded())))),
    plain: metric('exponentialHistogram', point(message(8, varint(2, 2n ** 63n - 1n)))),
  },
  {
    name: 'a metric of two kinds has the last',
    kind: 'metrics',
    odd: message(
      2,
      text(1, 'm'),
      message(5, point(fixed64(6, 1n))),
      message(7, point(fixed64(6, 2n))),
    ),
    plain: message(2, text(1, 'm'), message(7, point(fixed64(6, 2n)))),
  },
  {
    name: 'points of one kind in two parts are joined',
    kind: 'metrics',
    odd: message(2, message(5, point(fixed64(6, 1n))), message(5, point(fixed64(6, 2n)))),
    plain: message(2, message(5, point(fixed64(6, 1n)), point(fixed64(6, 2n)))),
  },
  {
    name: 'a kind that comes back has lost its first points',
    kind: 'metrics',
    odd: message(
      2,
      message(5, point(fixed64(6, 1n))),
      message(7),
      message(5, point(fixed64(6, 2n))),
    ),
    plain: message(2, message(5, point(fixed64(6, 2n)))),
  },
  {
    name: 'a point with two values has the last',
    kind: 'metrics',
    odd: metric('gauge', point(double(4, 1.5), fixed64(6, 7n))),
    plain: metric('gauge', point(fixed64(6, 7n))),
  },
  {
    name: 'packed buckets without any are none',
    kind: 'metrics',
    odd: metric('histogram', point(message(6), message(7))),
    plain: metric('histogram', point()),
  },
  {
    name: 'a log body in two parts is one body',
    kind: 'logs',
    odd: logRecord(stamp, message(5, text(1, 'x')), message(5, text(1, 'y'))),
    plain: logRecord(stamp, message(5, text(1, 'y'))),
  },
]

test.each(cases)('$name', ({ kind = 'traces', odd, plain }) => {
  const checked = take(kind, request(odd))
  const expected = take(kind, request(plain))
  expect(decode(kind, checked.bytes)).toEqual(decode(kind, expected.bytes))
  expect(checked).toMatchObject({ items: expected.items, rows: expected.rows })
})

test.each([
  { name: 'fields in another order', item: span(varint(6, 1), attribute(9, 'a'), text(5, 'n')) },
  { name: 'fields of a later protocol', item: span(varint(60, 1), text(61, 'x'), fixed64(62, 1n)) },
  { name: 'a number given twice', item: span(varint(6, 1), varint(6, 2)) },
  { name: 'a kind that is not known', item: span(varint(6, 100), message(15, varint(3, -7))) },
  { name: 'lengths written longer than needed', item: span(overlong(0x2a, 0x81, 0x80, 0, 0x41)) },
])('$name, which ClickHouse reads as protobuf does, stays', ({ item }) => {
  const bytes = request(item)
  expect(take('traces', bytes).bytes).toBe(bytes)
})
