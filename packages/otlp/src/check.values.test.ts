import { expect, test } from 'vitest'
import { attribute, double, fixed64, message, text, varint } from '../test/encode.ts'
import { firstItem, take } from '../test/first-item.ts'
import { logRecord, metric, nanos, point, request, span } from '../test/requests.ts'
import { RECEIVED_MS } from '../test/arbitrary-request.ts'

const element = (...member: readonly Uint8Array[]) => message(1, ...member)
const array = (...elements: readonly Uint8Array[]) => message(5, ...elements)
const map = (...entries: readonly Uint8Array[]) => message(6, ...entries)
const entry = (key: string, ...member: readonly Uint8Array[]) => attribute(1, key, ...member)
const bytes = (...values: readonly number[]) => message(7, Uint8Array.from(values))

// PROTOCOLS: compact JSON, no HTML escapes, keys sorted, doubles as JavaScript prints them.
const nestedValues: { name: string; value: Uint8Array; json: string }[] = [
  { name: 'an empty array', value: array(), json: '[]' },
  { name: 'an empty map', value: map(), json: '{}' },
  {
    name: 'an array of everything',
    value: array(
      element(text(1, '<a href="x">\n')),
      element(varint(2, 1)),
      element(varint(3, -5)),
      element(varint(3, -(2n ** 63n))),
      element(double(4, 0.1)),
      element(double(4, 1e-7)),
      element(double(4, 1e21)),
      element(double(4, -0)),
      element(double(4, NaN)),
      element(double(4, -Infinity)),
      element(bytes(1, 2, 255)),
      element(),
      element(array(element(map()))),
    ),
    json:
      '["<a href=\\"x\\">\\n",true,-5,-9223372036854775808,0.1,1e-7,1e+21,0,' +
      '"NaN","-Infinity","AQL/",null,[{}]]',
  },
  {
    name: 'a map, sorted by the bytes of its keys',
    value: map(
      entry('b', varint(3, 1)),
      entry('\u{1f389}', varint(3, 4)),
      entry('\uffee', varint(3, 3)),
      entry('B', varint(3, 0)),
      message(1, text(1, 'absent')),
    ),
    json: '{"B":0,"absent":null,"b":1,"\uffee":3,"\u{1f389}":4}',
  },
  {
    name: 'a map with a key twice',
    value: map(entry('a', varint(3, 1)), entry('b', varint(3, 2)), entry('a', varint(3, 3))),
    json: '{"a":3,"b":2}',
  },
  {
    name: 'a map with a key of a prototype',
    value: map(entry('__proto__', varint(3, 1))),
    json: '{"__proto__":1}',
  },
]

test.each(nestedValues)('$name becomes JSON text', ({ value, json }) => {
  const checked = take('traces', request(span(attribute(9, 'a', value))))
  expect(firstItem('traces', checked.bytes)).toMatchObject({
    attributes: [{ key: 'a', value: { string_value: json } }],
  })
  expect(checked).toMatchObject({ cutTexts: 0, droppedAttributes: 0, rejected: undefined })
})

test('scalars stay as they are, bytes too', () => {
  const members = [
    text(1, ''),
    varint(2, 0),
    varint(3, -1),
    double(4, 0.5),
    bytes(1),
    new Uint8Array(0),
  ]
  const original = request(span(...members.map((member) => attribute(9, 'k', member))))
  expect(take('traces', original).bytes).toBe(original)
})

test.each([
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
  [1e21, '1e+21'],
  [-1.5e300, '-1.5e+300'],
  [-0, '0'],
])('the double %d, which ClickHouse prints its own way, becomes text', (value, printed) => {
  const checked = take('traces', request(span(attribute(9, 'a', double(4, value)))))
  expect(firstItem('traces', checked.bytes)).toMatchObject({
    attributes: [{ value: { string_value: printed } }],
  })
})

test.each([999_999_999_999_999_900_000, 1e-7, 5e-324, 0, -1.5])(
  'the double %d, which ClickHouse prints as JavaScript does, stays',
  (value) => {
    const original = request(span(attribute(9, 'a', double(4, value))))
    expect(take('traces', original).bytes).toBe(original)
  },
)

test('values become text wherever they are', () => {
  const value = array(element(varint(3, 1)))
  const at = (number: number) => attribute(number, 'a', value)
  const flat = (number: number) => attribute(number, 'a', text(1, '[1]'))
  const resource = (kv: Uint8Array, scopeKv: Uint8Array, item: Uint8Array) =>
    message(1, message(1, kv), message(2, message(1, scopeKv), item))
  const stamp = fixed64(1, nanos(RECEIVED_MS))

  const spans = (make: typeof at) =>
    resource(make(1), make(3), span(make(9), message(11, make(3)), message(13, make(4))))
  expect(take('traces', spans(at)).bytes).toEqual(spans(flat))

  const logs = (make: typeof at, body: Uint8Array) =>
    resource(make(1), make(3), logRecord(stamp, message(5, body), make(6)))
  expect(take('logs', logs(at, value)).bytes).toEqual(logs(flat, text(1, '[1]')))

  const metrics = (make: typeof at) =>
    resource(make(1), make(3), metric('gauge', point(fixed64(6, 1n), make(7), message(5, make(7)))))
  expect(take('metrics', metrics(at)).bytes).toEqual(metrics(flat))
})
