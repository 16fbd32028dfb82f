import { JsonReader, MalformedJson, QUOTE } from './json-reader.ts'
import { ENUMS, type EnumName } from './schema.ts'

/** Values of proto3 JSON, with the ways in which OTLP/JSON differs from it. */

type Range = { min: bigint; max: bigint }

const INT32: Range = { min: -(2n ** 31n), max: 2n ** 31n - 1n }
const INT64: Range = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const UINT32: Range = { min: 0n, max: 2n ** 32n - 1n }
const UINT64: Range = { min: 0n, max: 2n ** 64n - 1n }

export const INTEGER_RANGES = {
  int32: INT32,
  sint32: INT32,
  uint32: UINT32,
  fixed32: UINT32,
  int64: INT64,
  sfixed64: INT64,
  uint64: UINT64,
  fixed64: UINT64,
} as const

/** An integer, written as a number or in a string, with all its digits. */
export function readInteger(json: JsonReader, range: Range): bigint {
  const { text, at } = numericText(json)
  const value = parseInteger(text)
  if (value === undefined) throw new MalformedJson(at, `${shown(text)} is not an integer`)
  if (!isWithin(value, range)) {
    throw new MalformedJson(at, `${shown(text)} is outside ${range.min} to ${range.max}`)
  }
  return value
}

/**
 * An `intValue`; beyond 64 bits a double. The JavaScript SDK writes every whole double as `intValue`
 * in JSON (in protobuf it does as is done here), and one such attribute must not cost the request.
 */
export function readIntValue(json: JsonReader): bigint | number {
  const { at } = json
  const value = parseInteger(numericText(json).text)
  json.at = at
  return value === undefined || isWithin(value, INT64) ? readInteger(json, INT64) : readDouble(json)
}

/** A number, a numeric string, "NaN", "Infinity" or "-Infinity". */
export function readDouble(json: JsonReader): number {
  const { text, at } = numericText(json)
  const special = SPECIAL_DOUBLES.get(text)
  if (special !== undefined) return special
  if (!DECIMAL.test(text)) throw new MalformedJson(at, `${shown(text)} is not a number`)
  const value = Number(text)
  if (!Number.isFinite(value)) {
    throw new MalformedJson(at, `${shown(text)} is too large for a double`)
  }
  return value
}

/** An integer, or the name of a value. Unknown integers are legal. */
export function readEnum(json: JsonReader, name: EnumName): bigint {
  if (json.peek() !== QUOTE) return readInteger(json, INT32)
  const at = json.at
  const text = json.string()
  const value = ENUMS[name].get(text)
  if (value !== undefined) return BigInt(value)
  json.at = at
  if (!DECIMAL.test(text)) throw new MalformedJson(at, `${shown(text)} is no ${name}`)
  return readInteger(json, INT32)
}

/** A trace or span id in hexadecimal, of any length: the check says what becomes of it. */
export function readHexId(json: JsonReader): Buffer {
  json.peek()
  const { at } = json
  const text = json.string()
  if (text.length % 2 !== 0 || !/^[\da-fA-F]*$/.test(text)) {
    throw new MalformedJson(at, `${shown(text)} is not hexadecimal`)
  }
  return Buffer.from(text, 'hex')
}

/** Base64, standard or URL-safe, padding optional. */
export function readBytes(json: JsonReader): Buffer {
  json.peek()
  const { at } = json
  const text = json.string()
  const digits = text.replace(/={1,2}$/, '')
  if (digits.length % 4 === 1 || !/^[\w+/-]*$/.test(digits)) {
    throw new MalformedJson(at, `${shown(text)} is not base64`)
  }
  return Buffer.from(digits, 'base64') // takes both alphabets
}

const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map(
  [NaN, Infinity, -Infinity].map((value) => [String(value), value]),
)
// UINT64 has 20.
const INTEGER_DIGITS_MAX = 20

function isWithin(value: bigint | 'huge', { min, max }: Range): value is bigint {
  return value !== 'huge' && value >= min && value <= max
}

function numericText(json: JsonReader): { text: string; at: number } {
  const isString = json.peek() === QUOTE
  const { at } = json
  return { text: isString ? json.string() : json.number(), at }
}

/** The integer a decimal stands for (1e3 and 1.0 are), however long it is written. */
function parseInteger(text: string): bigint | 'huge' | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  if (sign === undefined) return undefined
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = withoutTrailingZeros(digits)
  if (significant === '') return 0n
  // Digits before the point, counted from the first that is not 0.
  const wholeDigits = digits.length - fraction.length + Number(exponent)
  if (significant.length > wholeDigits) return undefined
  if (wholeDigits > INTEGER_DIGITS_MAX) return 'huge'
  return BigInt(sign + significant.padEnd(wholeDigits, '0'))
}

// A pattern such as /0+$/ takes quadratic time on many zeros before another digit.
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

function shown(text: string): string {
  const most = 40
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text)
}
