import { putVarint, varintSize } from './varint.ts'

// Five messages down to a point's exemplar attribute, then three per nested map, with room.
const DEPTH_MAX = 128
const CLEAN = -1

/**
 * The messages that are open during a walk, outermost first, and the edits made to the bytes so far.
 *
 * An edit replaces a range and changes the length of every open message around it. So the first
 * edit inside a message reserves an edit of its length prefix, which is filled when it closes;
 * edits are therefore in the order of the bytes, and `apply` copies once.
 */
export class Frames {
  depth = 0
  readonly messages = new Uint8Array(DEPTH_MAX)
  /** Where the message's tag starts, its content starts, and its content ends. */
  readonly tags = new Int32Array(DEPTH_MAX)
  readonly starts = new Int32Array(DEPTH_MAX)
  readonly ends = new Int32Array(DEPTH_MAX)
  /** Bits of the fields seen in it. */
  readonly seens = new Int32Array(DEPTH_MAX)
  readonly attributeCounts = new Int32Array(DEPTH_MAX)

  readonly #bytes: Uint8Array
  readonly #edits: Edit[] = []
  readonly #marks = new Int32Array(DEPTH_MAX)
  readonly #lengthEdits = new Int32Array(DEPTH_MAX).fill(CLEAN)
  readonly #growths = new Int32Array(DEPTH_MAX)

  constructor(bytes: Uint8Array, message: number) {
    this.#bytes = bytes
    this.messages[0] = message
    this.ends[0] = bytes.length
  }

  open(message: number, tag: number, start: number, end: number): void {
    const depth = ++this.depth
    this.messages[depth] = message
    this.tags[depth] = tag
    this.starts[depth] = start
    this.ends[depth] = end
    this.seens[depth] = 0
    this.attributeCounts[depth] = 0
    this.#marks[depth] = this.#edits.length
    this.#lengthEdits[depth] = CLEAN
    this.#growths[depth] = 0
  }

  /** Leaves the innermost message, settling its length if something inside was edited. */
  close(): void {
    const depth = this.depth--
    const reserved = this.#lengthEdits[depth]!
    if (reserved === CLEAN) return
    const edit = this.#edits[reserved]!
    const length = this.ends[depth]! - this.starts[depth]! + this.#growths[depth]!
    edit.replacement = new Uint8Array(varintSize(length))
    putVarint(edit.replacement, 0, length)
    const prefixGrowth = edit.replacement.length - (edit.end - edit.start)
    this.#growths[depth - 1]! += this.#growths[depth]! + prefixGrowth
  }

  /** Replaces `[start, end)`, which lies in the innermost message after all edits so far. */
  edit(start: number, end: number, replacement: Uint8Array): void {
    for (let depth = 1; depth <= this.depth; depth++) {
      if (this.#lengthEdits[depth] === CLEAN) this.#reserveLengthEdit(depth)
    }
    this.#edits.push({ start, end, replacement })
    this.#growths[this.depth]! += replacement.length - (end - start)
  }

  /** Replaces the content of the innermost message and forgets the edits inside it. */
  editContent(replacement: Uint8Array): void {
    this.#forgetEdits()
    this.edit(this.starts[this.depth]!, this.ends[this.depth]!, replacement)
  }

  /** Closes the innermost message and takes it out of the bytes. */
  drop(): void {
    this.#forgetEdits()
    const depth = this.depth--
    this.edit(this.tags[depth]!, this.ends[depth]!, NOTHING)
  }

  /** The edited bytes; the same object if nothing was edited. */
  apply(): Uint8Array {
    if (this.#edits.length === 0) return this.#bytes
    const edited = new Uint8Array(this.#bytes.length + this.#growths[0]!)
    let from = 0
    let to = 0
    for (const { start, end, replacement } of this.#edits) {
      edited.set(this.#bytes.subarray(from, start), to)
      to += start - from
      edited.set(replacement, to)
      to += replacement.length
      from = end
    }
    edited.set(this.#bytes.subarray(from), to)
    return edited
  }

  #reserveLengthEdit(depth: number): void {
    this.#lengthEdits[depth] = this.#edits.length
    const start = lengthStart(this.#bytes, this.tags[depth]!)
    this.#edits.push({ start, end: this.starts[depth]!, replacement: NOTHING })
  }

  #forgetEdits(): void {
    const mark = this.#marks[this.depth]!
    this.#edits.length = mark
    this.#growths[this.depth] = 0
    // Messages around it may have been touched first from inside it.
    for (let depth = 1; depth <= this.depth; depth++) {
      if (this.#lengthEdits[depth]! >= mark) this.#lengthEdits[depth] = CLEAN
    }
  }
}

type Edit = { start: number; end: number; replacement: Uint8Array }

const NOTHING = new Uint8Array(0)

function lengthStart(bytes: Uint8Array, tag: number): number {
  let at = tag
  while (bytes[at]! >= 0x80) at++
  return at + 1
}
