import { fieldPath } from './field-path.ts'
import { KEY_BYTES_MAX, NESTING_MAX, REWRITES_MAX } from './limits.ts'
import { RequestContent, type ContentLimits, type Entered } from './request-content.ts'
import { REQUEST_MESSAGE, type SignalKind } from './schema.ts'
import { isUtf8 } from './utf8.ts'
import { WireReader } from './varint.ts'
import {
  CHILDREN,
  CLASHES,
  KIND,
  KINDS,
  MESSAGE,
  PACKABLE,
  SLOT_BITS,
  WIRE,
  WIRES,
} from './wire-table.ts'

export type Failure =
  | { outcome: 'malformed'; offsetBytes: number; path: string; message: string }
  | { outcome: 'too_many_items'; what: 'items' | 'rewrites' }

const FIELD_NUMBER_MAX = 2 ** 29 - 1
const BAD = -1

/**
 * One pass over the bytes of a request: are they well-formed to their full depth? What they say goes
 * to `content`. Keeps integers only; an object is made where something is wrong or must be edited.
 *
 * Where `isOdd` is true, the bytes say something in a legal way that ClickHouse reads differently:
 * then only well-formedness is settled, and the walk must be repeated over normalised bytes.
 */
export class Walk {
  failure: Failure | undefined
  /** Whether the request itself has a field that OTLP knows. */
  hasKnownFields = false
  readonly content: RequestContent

  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #root: number
  /** The number that was read last. */
  #value = 0

  constructor(kind: SignalKind, bytes: Uint8Array, limits: ContentLimits) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#root = MESSAGE[REQUEST_MESSAGE[kind]]
    this.content = new RequestContent(bytes, this.#view, this.#root, limits)
  }

  get isOdd(): boolean {
    return this.content.oddities > 0
  }

  // Longer than a screen: the one loop every byte goes through keeps its state in local variables.
  run(): void {
    const bytes = this.#bytes
    const { content } = this
    const { frames } = content
    let message = this.#root
    let end = bytes.length
    let seen = 0
    let at = 0
    for (;;) {
      if (at === end) {
        if (frames.depth === 0) break
        content.leave(message, seen)
        const depth = frames.depth
        message = frames.messages[depth]!
        end = frames.ends[depth]!
        seen = frames.seens[depth]!
        continue
      }

      const tagAt = at
      let tag = bytes[at++]!
      if (tag >= 0x80) {
        at = this.#longTag(tagAt, end)
        if (at === BAD) return
        tag = this.#value
      }
      const number = tag >>> 3
      const wire = tag & 7
      const slot = number < 1 << SLOT_BITS ? (message << SLOT_BITS) | number : 0
      const kind = KINDS[slot]!
      if (kind === KIND.skip) {
        at = this.#skip(tagAt, number, wire, at, end)
        if (at === BAD) return
        continue
      }
      if (wire !== WIRES[slot]) {
        if (wire !== WIRE.length || PACKABLE[slot] === 0) {
          return this.#fail(tagAt, number, `wire type ${wire} instead of ${WIRES[slot]}`)
        }
        at = this.#packed(tagAt, slot, number, at, end)
        if (at === BAD) return
        continue
      }
      if ((seen & CLASHES[slot]!) !== 0 && ++content.oddities > REWRITES_MAX) {
        return this.#refuse('too many rewrites', tagAt, number)
      }
      seen |= 1 << number

      if (wire === WIRE.length) {
        let size = at < end ? bytes[at]! : 0x80
        if (size < 0x80) at++
        else {
          at = this.#varint(tagAt, number, at, end)
          if (at === BAD) return
          size = this.#value
        }
        const contentEnd = at + size
        if (contentEnd > end) {
          return this.#fail(tagAt, number, `${size} bytes long, past the end of what holds it`)
        }
        if (kind === KIND.message) {
          if (CHILDREN[slot] === MESSAGE.KeyValue && content.takePlainAttribute(at, contentEnd)) {
            at = contentEnd
            continue
          }
          frames.seens[frames.depth] = seen
          message = CHILDREN[slot]!
          const entered = content.enter(message, tagAt, at, contentEnd)
          if (entered !== 'entered') return this.#refuse(entered, tagAt, number)
          end = contentEnd
          seen = 0
          continue
        }
        if (kind === KIND.string) {
          if (!isUtf8(bytes, this.#view, at, contentEnd)) {
            return this.#fail(at, number, 'not valid UTF-8')
          }
          if (size > KEY_BYTES_MAX) content.longText(slot, tagAt, at, contentEnd)
        } else if (kind === KIND.bytes) {
          if (size > KEY_BYTES_MAX) content.longText(slot, tagAt, at, contentEnd)
        } else {
          content.id(slot, kind, tagAt, at, contentEnd)
        }
        at = contentEnd
      } else if (wire === WIRE.varint) {
        const first = at < end ? bytes[at]! : 0x80
        if (first < 0x80) {
          at++
          this.#value = first
          if (kind === KIND.bool && first > 1) content.oddities++
        } else {
          at = this.#longVarint(tagAt, number, kind, at, end)
          if (at === BAD) return
        }
        content.varint(slot, this.#value)
      } else {
        const valueEnd = at + (wire === WIRE.fixed64 ? 8 : 4)
        if (valueEnd > end) return this.#fail(tagAt, number, 'cut short')
        if (kind === KIND.fixed64) content.fixed64(slot, at)
        else if (kind === KIND.double) content.double(slot, tagAt, at)
        at = valueEnd
      }
    }
    this.hasKnownFields = seen !== 0
  }

  /** A repeated number with many values in one field. */
  #packed(tagAt: number, slot: number, number: number, start: number, end: number): number {
    let at = this.#varint(tagAt, number, start, end)
    if (at === BAD) return BAD
    const size = this.#value
    const valuesEnd = at + size
    if (valuesEnd > end) return this.#bad(tagAt, number, `${size} bytes long, past the end`)
    if (size === 0) this.content.oddities++ // legal, and ClickHouse's error 444
    if (WIRES[slot] === WIRE.fixed64) {
      if (size % 8 !== 0) return this.#bad(tagAt, number, 'packed values are cut short')
      this.content.packed(slot, size / 8)
      return valuesEnd
    }
    while (at < valuesEnd) {
      at = this.#longVarint(tagAt, number, KINDS[slot]!, at, valuesEnd)
      if (at === BAD) return BAD
    }
    return at
  }

  #skip(tagAt: number, number: number, wire: number, at: number, end: number): number {
    if (number === 0) return this.#bad(tagAt, number, 'field number 0')
    if (wire === WIRE.varint) return this.#longVarint(tagAt, number, KIND.varint64, at, end)
    let size = wire === WIRE.fixed32 ? 4 : 8
    let start = at
    if (wire === WIRE.length) {
      start = this.#varint(tagAt, number, at, end)
      if (start === BAD) return BAD
      size = this.#value
    } else if (wire !== WIRE.fixed32 && wire !== WIRE.fixed64) {
      return this.#bad(tagAt, number, `wire type ${wire} is not used by OTLP`)
    }
    if (start + size > end) return this.#bad(tagAt, number, 'past the end of what holds it')
    return start + size
  }

  #longTag(tagAt: number, end: number): number {
    const at = this.#varint(tagAt, undefined, tagAt, end)
    if (at === BAD) return BAD
    if (this.#value >>> 3 > FIELD_NUMBER_MAX) return this.#bad(tagAt, undefined, 'no field number')
    return at
  }

  /** A length or a tag into `#value`; below 2^32. */
  #varint(tagAt: number, number: number | undefined, start: number, end: number): number {
    let value = 0
    let factor = 1
    for (let at = start; at < end; factor *= 128) {
      const byte = this.#bytes[at++]!
      value += (byte & 0x7f) * factor
      if (byte < 0x80) {
        if (value >= 2 ** 32) break
        this.#value = value
        return at
      }
      if (factor >= 2 ** 28) return this.#bad(tagAt, number, 'a tag or length above 32 bits')
    }
    return this.#bad(tagAt, number, 'cut short')
  }

  /** A value of up to 64 bits; its lowest byte into `#value`. */
  #longVarint(tagAt: number, number: number, kind: number, start: number, end: number): number {
    const bytes = this.#bytes
    let at = start
    while (at < end && bytes[at]! >= 0x80) at++
    if (at === end) return this.#bad(tagAt, number, 'cut short')
    const size = at + 1 - start
    if (size > 10 || (size === 10 && bytes[at]! > 1)) {
      return this.#bad(tagAt, number, 'a varint above 64 bits')
    }
    const isPadded = size === 10 && bytes[at] === 0 // legal, and corrupt to ClickHouse
    if (isPadded || (size > 1 && kind !== KIND.varint64 && !this.#fits(kind, start, size)))
      this.content.oddities++
    this.#value = bytes[start]! & 0x7f
    return at + 1
  }

  /** Whether ClickHouse converts the number without error; protobuf would cut its high bits off. */
  #fits(kind: number, start: number, size: number): boolean {
    const value = new WireReader(this.#bytes, start, start + size).big()
    if (kind === KIND.bool) return value <= 1n
    return kind === KIND.int32
      ? BigInt.asIntN(32, value) === BigInt.asIntN(64, value)
      : value < 2n ** 32n
  }

  #refuse(why: Exclude<Entered, 'entered'>, tagAt: number, number: number): void {
    if (why === 'nested too deeply') {
      return this.#fail(tagAt, number, `arrays and maps nested deeper than ${NESTING_MAX}`)
    }
    const what = why === 'too many items' ? 'items' : 'rewrites'
    this.failure = { outcome: 'too_many_items', what }
  }

  #bad(at: number, number: number | undefined, message: string): typeof BAD {
    this.#fail(at, number, message)
    return BAD
  }

  #fail(offsetBytes: number, number: number | undefined, message: string): void {
    const path = fieldPath(this.#bytes, this.content.frames, number)
    this.failure = { outcome: 'malformed', offsetBytes, path, message }
  }
}
