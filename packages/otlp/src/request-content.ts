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
  REWRITES_MAX,
  REWRITTEN_BYTES_MAX,
  VALUE_BYTES_MAX,
} from './limits.ts'
import { isPlainAttribute } from './plain-attribute.ts'
import { renderValue } from './render-value.ts'
import { cutBytes, cutText, isPrintedAlike, isZero, observedTimeField } from './storable.ts'
import { lengthField, WireReader } from './varint.ts'
import { KIND, MESSAGE, MESSAGE_NAMES, SLOT_BITS } from './wire-table.ts'

export type ContentLimits = { receivedMs: number; retentionMs: number; itemsMax: number }

export type Entered = 'entered' | 'nested too deeply' | 'too many items' | 'too many rewrites'

export type Rejection = { count: number; firstPath: string }

/**
 * What a request says, told field by field by the walk over its bytes: counts it, decides which items
 * can be stored, and edits what ClickHouse could not store as it is.
 */
export class RequestContent {
  readonly frames: Frames
  /** All of them, rejected ones too. */
  items = 0
  clockSkewItems = 0
  /** Spans that end before they start. */
  negativeDurations = 0
  droppedAttributes = 0
  droppedEvents = 0
  droppedLinks = 0
  cutTexts = 0
  earliestMs = Infinity
  latestMs = -Infinity
  /** Fields that ClickHouse reads otherwise than protobuf means them: see `normalise`. */
  oddities = 0
  firstResource: WireReader | undefined
  readonly rejections = new Map<RejectReason, Rejection>()
  /** Kept items by the message that holds them, which decides the table. */
  readonly keptBy = new Int32Array(MESSAGE_NAMES.length)

  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #limits: ContentLimits
  readonly #facts = new ItemFacts()
  /** Values that are open inside one another. */
  #valueDepth = 0

  constructor(bytes: Uint8Array, view: DataView, root: number, limits: ContentLimits) {
    this.#bytes = bytes
    this.#view = view
    this.#limits = limits
    this.frames = new Frames(bytes, root)
  }

  /** Takes an attribute without entering it, if there is nothing to decide about it. */
  takePlainAttribute(start: number, end: number): boolean {
    const { attributeCounts, depth } = this.frames
    if (attributeCounts[depth]! >= ATTRIBUTES_MAX) return false
    if (!isPlainAttribute(this.#bytes, this.#view, start, end)) return false
    attributeCounts[depth]!++
    return true
  }

  enter(message: number, tag: number, start: number, end: number): Entered {
    const { frames } = this
    const { edits } = frames
    if (edits.count + this.oddities > REWRITES_MAX || edits.textBytes > REWRITTEN_BYTES_MAX) {
      return 'too many rewrites'
    }
    if (message === MESSAGE.KeyValue) frames.attributeCounts[frames.depth]!++
    else if (message === MESSAGE.AnyValue) {
      if (this.#valueDepth++ > NESTING_MAX) return 'nested too deeply'
    } else if (IS_ITEM[message] === 1) {
      if (++this.items > this.#limits.itemsMax) return 'too many items'
      this.#facts.reset()
    } else if (message === MESSAGE.Event) this.#facts.events++
    else if (message === MESSAGE.Link) this.#facts.links++
    frames.open(message, tag, start, end)
    return 'entered'
  }

  /** @param seen bits of the fields that were in it */
  leave(message: number, seen: number): void {
    const { frames } = this
    if (message === MESSAGE.AnyValue) {
      this.#valueDepth--
      // Odd bytes are walked again, normalised.
      const isNested = (seen & NESTED_VALUES) !== 0 && this.oddities === 0
      if (isNested && this.#valueDepth === 0) this.#flattenValue()
    } else if (IS_ITEM[message] === 1) {
      return this.#leaveItem(message)
    } else if (this.#isSurplus(message)) {
      return frames.drop()
    } else if (message === MESSAGE.Resource && seen !== 0) {
      this.firstResource ??= this.#innermost()
    }
    frames.close()
  }

  /** A string or bytes field beyond KEY_BYTES_MAX, the smallest limit. */
  longText(slot: number, tag: number, start: number, end: number): void {
    const isKey = slot === KEY_SLOT
    // Inside arrays and maps, the text they become is cut.
    if (this.#valueDepth !== (isKey ? 0 : 1)) return
    if (!isKey && slot !== STRING_VALUE_SLOT && slot !== BYTES_VALUE_SLOT) return
    const bytesMax = isKey ? KEY_BYTES_MAX : this.#valueBytesMax()
    const content = this.#bytes.subarray(start, end)
    const kept =
      slot === BYTES_VALUE_SLOT ? cutBytes(content, bytesMax) : cutText(content, bytesMax)
    if (kept.length === content.length) return
    this.cutTexts++
    this.frames.edit(tag, end, lengthField(slot & FIELD_BITS, kept))
  }

  id(slot: number, kind: number, tag: number, start: number, end: number): void {
    const size = kind === KIND.traceId ? 16 : 8
    const isValid = end - start === size && !isZero(this.#bytes, start, end)
    if (ROLES[slot] === ROLE.ownTraceId) this.#facts.traceIdValid = isValid
    else if (ROLES[slot] === ROLE.ownSpanId) this.#facts.spanIdValid = isValid
    // Elsewhere what is no id is absent.
    else if (!isValid && end > start) this.frames.edit(tag, end, NOTHING)
  }

  fixed64(slot: number, at: number): void {
    const role = ROLES[slot]
    if (role === ROLE.time) this.#facts.timeMs = this.#readMs(at)
    else if (role === ROLE.observedTime) this.#facts.observedMs = this.#readMs(at)
    else if (role === ROLE.endTime) this.#facts.endMs = this.#readMs(at)
    else if (role === ROLE.pointValue) this.#facts.hasValue = true
    else if (role === ROLE.bucketCounts) this.#facts.bucketCounts++
  }

  double(slot: number, tag: number, at: number): void {
    const role = ROLES[slot]
    if (role === ROLE.pointValue) this.#facts.hasValue = true
    else if (role === ROLE.explicitBounds) this.#facts.explicitBounds++
    else if (slot === DOUBLE_VALUE_SLOT && this.#valueDepth === 1) {
      const value = this.#view.getFloat64(at, true)
      if (isPrintedAlike(value)) return
      this.frames.edit(tag, at + 8, lengthField(STRING_VALUE, Buffer.from(String(value))))
    }
  }

  packed(slot: number, count: number): void {
    if (ROLES[slot] === ROLE.bucketCounts) this.#facts.bucketCounts += count
    else if (ROLES[slot] === ROLE.explicitBounds) this.#facts.explicitBounds += count
  }

  /** @param lowBits at least the lowest seven */
  varint(slot: number, lowBits: number): void {
    if (ROLES[slot] === ROLE.pointFlags) this.#facts.flags = lowBits
  }

  /** Whether the message being left is beyond the number kept of its kind; then it is counted. */
  #isSurplus(message: number): boolean {
    const { attributeCounts, depth, messages } = this.frames
    if (message === MESSAGE.KeyValue) {
      const isInMap = messages[depth - 1] === MESSAGE.KeyValueList
      if (isInMap || attributeCounts[depth - 1]! <= ATTRIBUTES_MAX) return false
      this.droppedAttributes++
      return true
    }
    if (message === MESSAGE.Event && this.#facts.events > EVENTS_MAX) {
      this.droppedEvents++
      return true
    }
    if (message === MESSAGE.Link && this.#facts.links > LINKS_MAX) {
      this.droppedLinks++
      return true
    }
    return false
  }

  #leaveItem(message: number): void {
    const { frames } = this
    const facts = this.#facts
    const { receivedMs } = this.#limits
    const isTimeless = message === MESSAGE.LogRecord && facts.timeMs === 0
    const timeMs = isTimeless ? facts.observedMs || receivedMs : facts.timeMs
    const reason = rejectReason(message, facts, timeMs, this.#limits)
    if (reason !== undefined) {
      this.#countRejection(reason)
      return frames.drop()
    }
    if (isTimeless && facts.observedMs === 0) {
      const end = frames.ends[frames.depth]!
      frames.edit(end, end, observedTimeField(receivedMs))
    }
    if (isClockSkewed(timeMs, receivedMs)) this.clockSkewItems++
    if (facts.endMs !== 0 && facts.endMs < facts.timeMs) this.negativeDurations++
    if (timeMs < this.earliestMs) this.earliestMs = timeMs
    if (timeMs > this.latestMs) this.latestMs = timeMs
    this.keptBy[frames.messages[frames.depth - 1]!]!++
    frames.close()
  }

  #countRejection(reason: RejectReason): void {
    const known = this.rejections.get(reason)
    if (known !== undefined) known.count++
    else {
      this.rejections.set(reason, { count: 1, firstPath: fieldPath(this.#bytes, this.frames) })
    }
  }

  /** Arrays and maps become text: ClickHouse cannot decode a recursive message. */
  #flattenValue(): void {
    const bytesMax = this.#valueBytesMax()
    const text = Buffer.from(renderValue(this.#innermost(), bytesMax))
    const kept = cutText(text, bytesMax)
    if (kept.length < text.length) this.cutTexts++
    this.frames.editContent(lengthField(STRING_VALUE, kept))
  }

  /** Limit of the outermost value, which is the innermost message open. */
  #valueBytesMax(): number {
    const holder = this.frames.messages[this.frames.depth - 1]
    return holder === MESSAGE.LogRecord ? BODY_BYTES_MAX : VALUE_BYTES_MAX
  }

  #innermost(): WireReader {
    const { depth, starts, ends } = this.frames
    return new WireReader(this.#bytes, starts[depth]!, ends[depth]!)
  }

  #readMs(at: number): number {
    const low = this.#view.getUint32(at, true)
    const high = this.#view.getUint32(at + 4, true)
    return (high * 2 ** 32 + low) / 1e6
  }
}

const NOTHING = new Uint8Array(0)
const FIELD_BITS = (1 << SLOT_BITS) - 1
const KEY_SLOT = (MESSAGE.KeyValue << SLOT_BITS) | 1
const STRING_VALUE = 1
const STRING_VALUE_SLOT = (MESSAGE.AnyValue << SLOT_BITS) | STRING_VALUE
const DOUBLE_VALUE_SLOT = (MESSAGE.AnyValue << SLOT_BITS) | 4
const BYTES_VALUE_SLOT = (MESSAGE.AnyValue << SLOT_BITS) | 7
const NESTED_VALUES = (1 << 5) | (1 << 6) // array_value, kvlist_value
