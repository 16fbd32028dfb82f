import type { Attributes, HrTime } from '@opentelemetry/api'
import type { Way } from './sdk-exporters.ts'

/** Attributes as the SDK takes them, and the text that the tables hold: PROTOCOLS of the exporter. */
const VALUES: Record<string, [given: Attributes[string], stored: string]> = {
  text: ['grüße, 世界 🎉', 'grüße, 世界 🎉'],
  quoted: ['a "b" \\ <c>\n\t\u0001', 'a "b" \\ <c>\n\t\u0001'],
  empty: ['', ''],
  zero: [0, '0'],
  negative: [-42, '-42'],
  'largest safe': [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  'smallest safe': [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
  'smallest int64': [-(2 ** 63), '-9223372036854775808'],
  half: [0.5, '0.5'],
  tenth: [0.1, '0.1'],
  tiny: [1e-7, '1e-7'],
  huge: [1.5e300, '1.5e+300'],
  'not a number': [NaN, 'NaN'],
  infinite: [-Infinity, '-Infinity'],
  yes: [true, 'true'],
  no: [false, 'false'],
  bytes: [Uint8Array.of(0, 255, 16), 'AP8Q'],
  'no bytes': [new Uint8Array(0), ''],
  texts: [['a', 'ü', ''], '["a","ü",""]'],
  numbers: [[1, 2.5, -3], '[1,2.5,-3]'],
  flags: [[true, false], '[true,false]'],
  'nothing in it': [[], '[]'],
  'with a gap': [['a', null, 'b'], '["a",null,"b"]'],
  map: [
    { b: 1, a: { deep: [true, { x: 'y' }] }, c: Uint8Array.of(1) },
    '{"a":{"deep":[true,{"x":"y"}]},"b":1,"c":"AQ=="}',
  ],
}

const entries = Object.entries(VALUES)

export const GIVEN_ATTRIBUTES: Attributes = Object.fromEntries(
  entries.map(([key, [given]]) => [key, given]),
)

/** What the SDK itself makes of a value before it is sent as JSON: there is no other text for it. */
const STORED_BY_JSON: Record<string, string> = {
  'smallest int64': '-9223372036854776000',
  'not a number': '',
  infinite: '',
}
/** Values that the SDK leaves out of a span's events. */
const NOT_IN_EVENTS: ReadonlySet<string> = new Set(['bytes', 'no bytes', 'map'])

export function storedAttributes({ protocol }: Pick<Way, 'protocol'>): Record<string, string> {
  const stored = Object.fromEntries(entries.map(([key, [, text]]) => [key, text]))
  return sorted(protocol === 'http/json' ? { ...stored, ...STORED_BY_JSON } : stored)
}

export function storedEventAttributes(way: Pick<Way, 'protocol'>): Record<string, string> {
  const all = Object.entries(storedAttributes(way))
  return Object.fromEntries(all.filter(([key]) => !NOT_IN_EVENTS.has(key)))
}

/** What a resource may have: simple values alone. */
export const GIVEN_RESOURCE = {
  'service.version': '2.4.0-ü',
  'deployment.environment.name': 'staging',
  'process.pid': 4711,
  'host.load': 0.25,
  'host.virtual': true,
  'process.command_args': ['node', 'main.js'],
} satisfies Attributes

export const STORED_RESOURCE = {
  'service.version': '2.4.0-ü',
  'deployment.environment.name': 'staging',
  'process.pid': '4711',
  'host.load': '0.25',
  'host.virtual': 'true',
  'process.command_args': '["node","main.js"]',
}

/** As ClickHouse prints a DateTime64(9). */
export function stamp([seconds, nanos]: HrTime): string {
  const text = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return `${text}.${String(nanos).padStart(9, '0')}`
}

export function sorted(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  )
}
