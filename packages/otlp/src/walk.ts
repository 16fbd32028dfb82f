import { fieldPath } from './field-path.ts'
import { Frames } from './frames.ts'
import {
  isClockSkewed,
  IS_ITEM,
  ItemFacts,
  rejectReason,
  ROLE,
  ROLES,
  type RejectReason,
} from './item-rules.ts'
import {
  ATTRIBUTES_MAX,
  BODY_BYTES_MAX,
  EVENTS_MAX,
  KEY_BYTES_MAX,
  LINKS_MAX,
  NESTING_MAX,
  VALUE_BYTES_MAX,
} from './limits.ts'
import { renderValue } from './render-value.ts'
import { REQUEST_MESSAGE, type SignalKind } from './schema.ts'
import { cutPoint, isUtf8 } from './utf8.ts'
import { lengthField, WireReader } from './varint.ts'
import {
  CHILDREN,
  CLASHES,
  KIND,
  KINDS,
  MESSAGE,
  MESSAGE_NAMES,
  PACKABLE,
  SLOT_BITS,
  WIRE,
  WIRES,
} from './wire-table.ts'

export type WalkLimits = { receivedMs: number; retentionMs: number; itemsMax: number }

export type Failure =
  | { outcome: 'malformed'; offsetBytes: number; path: string; message: string }
  | { outcome: 'too_many_items'; itemsMax: number }

export type Rejection = { count: number; firstPath: string }

const KEY_SLOT = (MESSAGE.KeyValue << SLOT_BITS) | 1
const STRING_VALUE = 1
const DOUBLE_VALUE = 4
const BYTES_VALUE = 7
const STRING_VALUE_SLOT = (MESSAGE.AnyValue << SLOT_BITS) | STRING_VALUE
const DOUBLE_VALUE_SLOT = (MESSAGE.AnyValue << SLOT_BITS) | DOUBLE_VALUE
const BYTES_VALUE_SLOT = (MESSAGE.AnyValue << SLOT_BITS) | BYTES_VALUE
const NESTED_VALUES = (1 << 5) | (1 << 6) // array_value, kvlist_value
const FIELD_NUMBER_MAX = 2 ** 29 - 1
const BAD = -1

/**
 * One pass over a request: is it well-formed to its full depth, what is in it, and which edits make
 * it storable. Keeps integers only; an object is made where something is wrong or must be edited.
 *
 * Where `odd` is set, the bytes say something in a legal way that ClickHouse reads differently; then
 * only well-formedness is settled, and the walk must be repeated over normalised bytes.
 */
export class Walk {
  odd = false
  failure: Failure | undefined
  items = 0
  clockSkewItems = 0
  droppedAttributes = 0
  droppedEvents = 0
  droppedLinks = 0
  cutTexts = 0
  earliestMs = Infinity
  latestMs = -Infinity
  knownFields = false
  firstResource: WireReader | undefined
  readonly rejections = new Map<RejectReason, Rejection>()
  /** Kept items by the message that holds them, which decides the table. */
  readonly keptBy = new Int32Array(MESSAGE_NAMES.length)

  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #limits: WalkLimits
  readonly #frames: Frames
  readonly #facts = new ItemFacts()
  readonly #root: number
  #valueDepth = 0
  #value = 0

  constructor(kind: SignalKind, bytes: Uint8Array, limits: WalkLimits) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#limits = limits
    this.#root = MESSAGE[REQUEST_MESSAGE[kind]]
    this.#frames = new Frames(bytes, this.#root)
  }

  /** The request with its edits; the same object if none was needed. */
  edited(): Uint8Array {
    return this.#frames.apply()
  }

  // Longer than a screen: the one loop every byte goes through keeps its state in local variables.
  run(): void {
    const bytes = this.#bytes
    const frames = this.#frames
    let message = this.#root
    let end = bytes.length
    let seen = 0
    let at = 0
    for (;;) {
      if (at === end) {
        if (frames.depth === 0) break
        this.#leave(message, seen)
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
      if ((seen & CLASHES[slot]!) !== 0) this.odd = true
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
          frames.seens[frames.depth] = seen
          message = CHILDREN[slot]!
          if (!this.#enter(message, number, tagAt, at, contentEnd)) return
          end = contentEnd
          seen = 0
          continue
        }
        if (kind === KIND.string) {
          if (!isUtf8(bytes, this.#view, at, contentEnd)) {
            return this.#fail(at, number, 'not valid UTF-8')
          }
          if (size > KEY_BYTES_MAX) this.#cutText(slot, tagAt, at, contentEnd)
        } else if (kind === KIND.bytes) {
          if (size > KEY_BYTES_MAX) this.#cutText(slot, tagAt, at, contentEnd)
        } else {
          this.#id(slot, kind, tagAt, at, contentEnd)
        }
        at = contentEnd
      } else if (wire === WIRE.varint) {
        const first = at < end ? bytes[at]! : 0x80
        if (first < 0x80) {
          at++
          this.#value = first
          if (kind === KIND.bool && first > 1) this.odd = true
        } else {
          at = this.#longVarint(tagAt, number, kind, at, end)
          if (at === BAD) return
        }
        if (ROLES[slot] === ROLE.pointFlags) this.#facts.flags = this.#value
      } else {
        const valueEnd = at + (wire === WIRE.fixed64 ? 8 : 4)
        if (valueEnd > end) return this.#fail(tagAt, number, 'cut short')
        if (kind === KIND.fixed64) this.#fixed64(slot, at)
        else if (kind === KIND.double) this.#double(slot, tagAt, at)
        at = valueEnd
      }
    }
    this.knownFields = seen !== 0
  }

  #enter(message: number, number: number, tagAt: number, start: number, end: number): boolean {
    const frames = this.#frames
    const parent = frames.messages[frames.depth]!
    if (message === MESSAGE.KeyValue) {
      if (parent !== MESSAGE.KeyValueList) frames.attributeCounts[frames.depth]!++
    } else if (message === MESSAGE.AnyValue) {
      if (this.#valueDepth++ > NESTING_MAX) {
        this.#fail(tagAt, number, `nested deeper than ${NESTING_MAX}`)
        return false
      }
    } else if (IS_ITEM[message] === 1) {
      if (++this.items > this.#limits.itemsMax) {
        this.failure = { outcome: 'too_many_items', itemsMax: this.#limits.itemsMax }
        return false
      }
      this.#facts.reset()
    } else if (message === MESSAGE.Event) this.#facts.events++
    else if (message === MESSAGE.Link) this.#facts.links++
    frames.open(message, tagAt, start, end)
    return true
  }

  #leave(message: number, seen: number): void {
    const frames = this.#frames
    if (message === MESSAGE.AnyValue) {
      this.#valueDepth--
      if (this.#valueDepth === 0 && (seen & NESTED_VALUES) !== 0 && !this.odd) this.#flattenValue()
    } else if (message === MESSAGE.KeyValue) {
      const parent = frames.depth - 1
      if (
        frames.attributeCounts[parent]! > ATTRIBUTES_MAX &&
        frames.messages[parent] !== MESSAGE.KeyValueList
      ) {
        this.droppedAttributes++
        return frames.drop()
      }
    } else if (IS_ITEM[message] === 1) {
      return this.#leaveItem(message)
    } else if (message === MESSAGE.Event && this.#facts.events > EVENTS_MAX) {
      this.droppedEvents++
      return frames.drop()
    } else if (message === MESSAGE.Link && this.#facts.links > LINKS_MAX) {
      this.droppedLinks++
      return frames.drop()
    } else if (message === MESSAGE.Resource && seen !== 0) {
      this.firstResource ??= new WireReader(
        this.#bytes,
        frames.starts[frames.depth]!,
        frames.ends[frames.depth]!,
      )
    }
    frames.close()
  }

  #leaveItem(message: number): void {
    const facts = this.#facts
    const frames = this.#frames
    const { receivedMs } = this.#limits
    let timeMs = facts.timeMs
    if (message === MESSAGE.LogRecord && timeMs === 0) timeMs = facts.observedMs || receivedMs
    const reason = rejectReason(message, facts, timeMs, this.#limits)
    if (reason !== undefined) {
      this.#countRejection(reason)
      return frames.drop()
    }
    if (message === MESSAGE.LogRecord && facts.timeMs === 0 && facts.observedMs === 0) {
      const end = frames.ends[frames.depth]!
      frames.edit(end, end, observedTimeField(receivedMs))
    }
    if (isClockSkewed(timeMs, receivedMs)) this.clockSkewItems++
    if (timeMs < this.earliestMs) this.earliestMs = timeMs
    if (timeMs > this.latestMs) this.latestMs = timeMs
    this.keptBy[frames.messages[frames.depth - 1]!]!++
    frames.close()
  }

  #countRejection(reason: RejectReason): void {
    const known = this.rejections.get(reason)
    if (known !== undefined) known.count++
    else {
      const firstPath = fieldPath(this.#bytes, this.#frames)
      this.rejections.set(reason, { count: 1, firstPath })
    }
  }

  /** Arrays and maps become text: ClickHouse cannot decode a recursive message. */
  #flattenValue(): void {
    const frames = this.#frames
    const bytesMax = this.#valueBytesMax()
    const { depth } = frames
    const value = new WireReader(this.#bytes, frames.starts[depth]!, frames.ends[depth]!)
    const text = Buffer.from(renderValue(value, bytesMax))
    if (text.length > bytesMax) this.cutTexts++
    frames.editContent(
      lengthField(STRING_VALUE, text.length > bytesMax ? cut(text, bytesMax) : text),
    )
  }

  #cutText(slot: number, tagAt: number, start: number, end: number): void {
    let bytesMax = KEY_BYTES_MAX
    let content = this.#bytes.subarray(start, end)
    if (slot === KEY_SLOT) {
      if (this.#valueDepth > 0) return // a key of a map: the map's text is cut
    } else if (slot === STRING_VALUE_SLOT || slot === BYTES_VALUE_SLOT) {
      if (this.#valueDepth !== 1) return
      bytesMax = this.#valueBytesMax()
      if (slot === BYTES_VALUE_SLOT) bytesMax = (bytesMax / 4) * 3 // stored as base64
    } else return
    if (content.length <= bytesMax) return
    content = slot === BYTES_VALUE_SLOT ? content.subarray(0, bytesMax) : cut(content, bytesMax)
    this.cutTexts++
    this.#frames.edit(tagAt, end, lengthField(slot & ((1 << SLOT_BITS) - 1), content))
  }

  /** Of the outermost value, which is open. */
  #valueBytesMax(): number {
    const holder = this.#frames.messages[this.#frames.depth - 1]
    return holder === MESSAGE.LogRecord ? BODY_BYTES_MAX : VALUE_BYTES_MAX
  }

  #id(slot: number, kind: number, tagAt: number, start: number, end: number): void {
    const valid =
      end - start === (kind === KIND.traceId ? 16 : 8) && !isZero(this.#bytes, start, end)
    if (ROLES[slot] === ROLE.ownTraceId) this.#facts.traceIdValid = valid
    else if (ROLES[slot] === ROLE.ownSpanId) this.#facts.spanIdValid = valid
    else if (!valid && end > start) this.#frames.edit(tagAt, end, NOTHING)
  }

  #fixed64(slot: number, at: number): void {
    const role = ROLES[slot]
    if (role === ROLE.time) this.#facts.timeMs = this.#readMs(at)
    else if (role === ROLE.observedTime) this.#facts.observedMs = this.#readMs(at)
    else if (role === ROLE.pointValue) this.#facts.hasValue = true
    else if (role === ROLE.bucketCounts) this.#facts.bucketCounts++
  }

  #double(slot: number, tagAt: number, at: number): void {
    const role = ROLES[slot]
    if (role === ROLE.pointValue) this.#facts.hasValue = true
    else if (role === ROLE.explicitBounds) this.#facts.explicitBounds++
    else if (slot === DOUBLE_VALUE_SLOT && this.#valueDepth === 1) {
      const value = this.#view.getFloat64(at, true)
      if (isPrintedAlike(value)) return
      this.#frames.edit(tagAt, at + 8, lengthField(STRING_VALUE, Buffer.from(String(value))))
    }
  }

  #readMs(at: number): number {
    const low = this.#view.getUint32(at, true)
    const high = this.#view.getUint32(at + 4, true)
    return (high * 2 ** 32 + low) / 1e6
  }

  /** A repeated number with many values in one field. */
  #packed(tagAt: number, slot: number, number: number, start: number, end: number): number {
    let at = this.#varint(tagAt, number, start, end)
    if (at === BAD) return BAD
    const size = this.#value
    const valuesEnd = at + size
    if (valuesEnd > end) return this.#bad(tagAt, number, `${size} bytes long, past the end`)
    if (size === 0) this.odd = true // legal, and ClickHouse's error 444
    if (WIRES[slot] === WIRE.fixed64) {
      if (size % 8 !== 0) return this.#bad(tagAt, number, 'packed values are cut short')
      if (ROLES[slot] === ROLE.bucketCounts) this.#facts.bucketCounts += size / 8
      else if (ROLES[slot] === ROLE.explicitBounds) this.#facts.explicitBounds += size / 8
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
    if (size > 1 && kind !== KIND.varint64 && !this.#fits(kind, start, size)) this.odd = true
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

  #bad(at: number, number: number | undefined, message: string): typeof BAD {
    this.#fail(at, number, message)
    return BAD
  }

  #fail(offsetBytes: number, number: number | undefined, message: string): void {
    const path = fieldPath(this.#bytes, this.#frames, number)
    this.failure = { outcome: 'malformed', offsetBytes, path, message }
  }
}

const NOTHING = new Uint8Array(0)

/** ClickHouse writes 1e21, nan, inf and -0 where JavaScript has 1e+21, NaN, Infinity and 0. */
function isPrintedAlike(value: number): boolean {
  return Math.abs(value) < 1e21 && !Object.is(value, -0)
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== 0) return false
  }
  return true
}

function cut(text: Uint8Array, bytesMax: number): Uint8Array {
  return text.subarray(0, cutPoint(text, 0, bytesMax))
}

/** LogRecord.observed_time_unix_nano, number 11. */
function observedTimeField(timeMs: number): Uint8Array {
  const field = Buffer.alloc(9)
  field[0] = (11 << 3) | WIRE.fixed64
  field.writeBigUInt64LE(BigInt(Math.round(timeMs)) * 1_000_000n, 1)
  return field
}
