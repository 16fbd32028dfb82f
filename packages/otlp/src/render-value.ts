import { mapEntries } from './map-entries.ts'
import type { WireReader } from './varint.ts'

/**
 * Text of an `AnyValue` as the tables hold it: '' for no value, doubles as JavaScript prints them,
 * bytes as base64, arrays and maps as compact JSON with keys sorted by their bytes.
 *
 * @param value well-formed, every oneof set once, nested no deeper than NESTING_MAX
 * @param charactersMax beyond it the text may end anywhere: the caller cuts it anyway
 */
export function renderValue(value: WireReader, charactersMax: number): string {
  const tag = memberTag(value)
  if (tag === TAG.array || tag === TAG.map) {
    const json = new JsonText(charactersMax)
    json.member(tag, value)
    return json.text
  }
  const scalar = readScalar(tag, value, charactersMax)
  return scalar === null ? '' : String(scalar)
}

const TAG = { string: 10, bool: 16, int: 24, double: 33, array: 42, map: 50, bytes: 58 } as const
const MEMBERS: ReadonlySet<number> = new Set(Object.values(TAG))

type Scalar = string | boolean | bigint | number | null

/** Goes to the member that is set; members of a later protocol are none. */
function memberTag(value: WireReader): number | undefined {
  while (value.at < value.end) {
    const tag = value.small()
    if (MEMBERS.has(tag)) return tag
    value.skip(tag % 8)
  }
  return undefined
}

function readScalar(tag: number | undefined, value: WireReader, charactersMax: number): Scalar {
  switch (tag) {
    case TAG.string:
      // A character has at most 4 bytes: what is left out lies beyond the limit.
      return bufferOf(value.content()).toString('utf8', 0, charactersMax * 4)
    case TAG.bytes:
      return bufferOf(value.content()).toString('base64', 0, charactersMax)
    case TAG.bool:
      return value.small() !== 0
    case TAG.int:
      return BigInt.asIntN(64, value.big())
    case TAG.double:
      return bufferOf(value).readDoubleLE()
    default:
      return null
  }
}

class JsonText {
  text = ''
  readonly #charactersMax: number

  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax
  }

  member(tag: number | undefined, value: WireReader): void {
    if (tag === TAG.array) this.#array(value.content())
    else if (tag === TAG.map) this.#map(value.content())
    else this.#scalar(readScalar(tag, value, this.#charactersMax))
  }

  #array(list: WireReader): void {
    this.text += '['
    let separator = ''
    while (list.at < list.end && this.text.length < this.#charactersMax) {
      const tag = list.small()
      if (tag !== VALUES) {
        list.skip(tag % 8)
        continue
      }
      this.text += separator
      const value = list.content()
      this.member(memberTag(value), value)
      separator = ','
    }
    this.text += ']'
  }

  #map(list: WireReader): void {
    this.text += '{'
    let separator = ''
    const charactersLeft = Math.max(this.#charactersMax - this.text.length, 0)
    const entriesMax = Math.ceil(charactersLeft / ENTRY_CHARACTERS_MIN) + 1
    for (const [key, value] of mapEntries(list, entriesMax)) {
      if (this.text.length >= this.#charactersMax) break
      this.text += `${separator}${JSON.stringify(key)}:`
      if (value === undefined) this.text += 'null'
      else this.member(memberTag(value), value)
      separator = ','
    }
    this.text += '}'
  }

  #scalar(scalar: Scalar): void {
    if (typeof scalar === 'bigint') this.text += String(scalar)
    else if (typeof scalar === 'number' && !Number.isFinite(scalar)) this.text += `"${scalar}"`
    else this.text += JSON.stringify(scalar)
  }
}

const VALUES = 10
// Quotes around no key, a colon, a digit and a comma.
const ENTRY_CHARACTERS_MIN = 5
function bufferOf(reader: WireReader): Buffer {
  const { buffer, byteOffset, byteLength } = reader.bytes()
  return Buffer.from(buffer, byteOffset, byteLength)
}
