import type { Choose } from './mutate-protobuf.ts'

// Stands in a string for what JSON.stringify would not write.
const RAW = '\u0001'

const SCALARS: readonly unknown[] = [
  null,
  '',
  'a',
  'NaN',
  '-Infinity',
  'SPAN_KIND_SERVER',
  '0',
  '-1',
  '1.5',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '1e3',
  'ff',
  'FF'.repeat(16),
  '0'.repeat(32),
  'AP8=',
  'AP8',
  '_-8',
  'ü🎉',
  'x'.repeat(300),
  '\ud800',
  true,
  false,
  0,
  -1,
  2.5,
  1e21,
  2 ** 53,
  [],
  {},
  [[]],
  [null],
  { values: [{}] },
  { intValue: 1, stringValue: 'both' },
  `${RAW}1544712660300000001${RAW}`,
  `${RAW}1e400${RAW}`,
  `${RAW}1.0${RAW}`,
  `${RAW}-0${RAW}`,
  `${RAW}00${RAW}`,
  `${RAW}NaN${RAW}`,
  `${RAW}{"a":1,"a":2}${RAW}`,
]

const KEYS = [
  'attributes',
  'value',
  'stringValue',
  'intValue',
  'kvlistValue',
  'traceId',
  'name',
  'flags',
  'unknown',
  'resource_spans',
  '__proto__',
  '',
]

/** A copy of a request in OTLP/JSON with some of its values and keys changed, as text. */
export function mutateJson(request: object, choose: Choose): string {
  const copy = structuredClone(request) as Record<string, unknown>
  for (let times = 1 + choose(3); times > 0; times--) mutateOne(copy, choose)
  return JSON.stringify(copy).replaceAll(/"\\u0001(.*?)\\u0001"/g, (_, raw: string) =>
    raw.replaceAll('\\"', '"'),
  )
}

type Holder = Record<string, unknown>

function mutateOne(root: Holder, choose: Choose): void {
  let holder = root
  for (let depth = choose(12); depth > 0; depth--) {
    const inner = Object.values(holder).filter(isHolder)
    const next = inner[choose(inner.length)]
    if (next === undefined) break
    holder = next
  }
  const keys = Object.keys(holder)
  const key = keys[choose(keys.length)] ?? ''
  switch (choose(7)) {
    case 0:
      put(holder, key, structuredClone(SCALARS[choose(SCALARS.length)]))
      return
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete holder[key]
      return
    case 2:
      if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]))
      else put(holder, KEYS[choose(KEYS.length)]!, structuredClone(holder[key]))
      return
    case 3:
      put(holder, key, nested(holder[key], choose(45)))
      return
    case 4: {
      // Copies of copies would fill the memory.
      if (!Array.isArray(holder) || JSON.stringify(holder).length > 1000) return
      for (let i = choose(choose(150) + 1); i > 0; i--) holder.push(structuredClone(holder[0]))
      return
    }
    case 5:
      // The same key twice.
      put(holder, key, [`${RAW}1,${JSON.stringify(key)}:2${RAW}`, holder[key]][choose(2)])
      return
    default:
      put(holder, KEYS[choose(KEYS.length)]!, structuredClone(SCALARS[choose(SCALARS.length)]))
  }
}

/** As a key of its own, `__proto__` too. */
function put(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

function nested(value: unknown, depth: number): unknown {
  let inner: unknown = typeof value === 'string' ? { stringValue: value } : value
  for (let i = 0; i < depth; i++) {
    inner =
      i % 2 === 0
        ? { arrayValue: { values: [inner] } }
        : { kvlistValue: { values: [{ key: 'k', value: inner }] } }
  }
  return inner
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null
}
