import { EditList } from './edit-list.ts'

// Five messages down to a point's exemplar attribute, then three per nested map, with room.
const DEPTH_MAX = 128
const CLEAN = -1

/** One walk is over before the next begins: at a span a request, new arrays cost as much as the walk. */
const columns = {
  messages: new Uint8Array(DEPTH_MAX),
  tags: new Int32Array(DEPTH_MAX),
  starts: new Int32Array(DEPTH_MAX),
  ends: new Int32Array(DEPTH_MAX),
  seens: new Int32Array(DEPTH_MAX),
  attributeCounts: new Int32Array(DEPTH_MAX),
  marks: new Int32Array(DEPTH_MAX),
  lengthEdits: new Int32Array(DEPTH_MAX),
  growths: new Int32Array(DEPTH_MAX),
}

/**
 * The messages that are open during a walk, outermost first, and the edits made to the bytes so far.
 *
 * An edit replaces a range and so changes the length of every open message around it. The first
 * edit inside a message reserves an edit of its length prefix, which is filled when it closes;
 * edits are therefore in the order of the bytes.
 */
export class Frames {
  depth = 0
  readonly messages = columns.messages
  /** Where the message's tag starts, its content starts, and its content ends. */
  readonly tags = columns.tags
  readonly starts = columns.starts
  readonly ends = columns.ends
  /** Bits of the fields seen in it. */
  readonly seens = columns.seens
  readonly attributeCounts = columns.attributeCounts
  readonly edits = new EditList()

  readonly #bytes: Uint8Array
  /** Edits there were when the message opened. */
  readonly #marks = columns.marks
  readonly #lengthEdits = columns.lengthEdits
  /** Bytes by which edits made the content longer. */
  readonly #growths = columns.growths

  /** Ends the use of the one made before it: they share their memory. */
  constructor(bytes: Uint8Array, message: number) {
    this.#bytes = bytes
    this.#clear(0, message, 0, 0, bytes.length)
  }

  open(message: number, tag: number, start: number, end: number): void {
    this.#clear(++this.depth, message, tag, start, end)
  }

  #clear(depth: number, message: number, tag: number, start: number, end: number): void {
    this.messages[depth] = message
    this.tags[depth] = tag
    this.starts[depth] = start
    this.ends[depth] = end
    this.seens[depth] = 0
    this.attributeCounts[depth] = 0
    this.#marks[depth] = this.edits.count
    this.#lengthEdits[depth] = CLEAN
    this.#growths[depth] = 0
  }

  /** Leaves the innermost message, settling its length if something inside was edited. */
  close(): void {
    const depth = this.depth--
    const lengthEdit = this.#lengthEdits[depth]!
    if (lengthEdit === CLEAN) return
    const growth = this.#growths[depth]!
    const length = this.ends[depth]! - this.starts[depth]! + growth
    this.#growths[depth - 1]! += growth + this.edits.setLength(lengthEdit, length)
  }

  /** Replaces `[start, end)`, which lies in the innermost message after all edits so far. */
  edit(start: number, end: number, replacement: Uint8Array): void {
    for (let depth = 1; depth <= this.depth; depth++) {
      if (this.#lengthEdits[depth] === CLEAN) this.#reserveLengthEdit(depth)
    }
    this.#growths[this.depth]! += this.edits.replace(start, end, replacement)
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
  edited(): Uint8Array {
    return this.edits.count === 0 ? this.#bytes : this.edits.apply(this.#bytes, this.#growths[0]!)
  }

  #reserveLengthEdit(depth: number): void {
    const start = afterVarint(this.#bytes, this.tags[depth]!)
    this.#lengthEdits[depth] = this.edits.reserveLength(start, this.starts[depth]!)
  }

  #forgetEdits(): void {
    const mark = this.#marks[this.depth]!
    this.edits.truncate(mark)
    this.#growths[this.depth] = 0
    // Messages around it may have been touched first from inside it.
    for (let depth = 1; depth <= this.depth; depth++) {
      if (this.#lengthEdits[depth]! >= mark) this.#lengthEdits[depth] = CLEAN
    }
  }
}

const NOTHING = new Uint8Array(0)

function afterVarint(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at]! >= 0x80) at++
  return at + 1
}
