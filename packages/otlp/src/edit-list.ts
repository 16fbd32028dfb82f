import { putVarint, varintSize } from './varint.ts'

// An edit is four integers: the range it replaces, and the range of its text or a length.
const FIELDS = 4
const LENGTH = -1
const EDITS_MIN = 16

// Most requests need none.
const NO_EDITS = new Int32Array(0)
const NO_TEXTS = new Uint8Array(0)

/**
 * Replacements of ranges of a request, in the order of its bytes. Integers and one buffer, so that a
 * request made of nothing but values to rewrite takes no more memory than a few times its size.
 */
export class EditList {
  count = 0
  /** Of all texts, forgotten ones too. */
  textBytes = 0
  #edits: Int32Array = NO_EDITS
  #texts: Uint8Array = NO_TEXTS

  /** @returns by how much the range grows */
  replace(start: number, end: number, text: Uint8Array): number {
    this.#growTexts(text.length)
    this.#texts.set(text, this.textBytes)
    this.#push(start, end, this.textBytes, text.length)
    this.textBytes += text.length
    return text.length - (end - start)
  }

  /** Makes room for a length prefix whose new value is not known yet. */
  reserveLength(start: number, end: number): number {
    this.#push(start, end, LENGTH, 0)
    return this.count - 1
  }

  /** @returns by how much the prefix grows */
  setLength(index: number, length: number): number {
    const edit = index * FIELDS
    this.#edits[edit + 3] = length
    return varintSize(length) - (this.#edits[edit + 1]! - this.#edits[edit]!)
  }

  /** Forgets all edits from `count` on. Their texts stay until the end: it happens rarely. */
  truncate(count: number): void {
    this.count = count
  }

  /** @param growth of all edits together */
  apply(bytes: Uint8Array, growth: number): Uint8Array {
    const edited = new Uint8Array(bytes.length + growth)
    let from = 0
    let to = 0
    for (let edit = 0; edit < this.count * FIELDS; edit += FIELDS) {
      const start = this.#edits[edit]!
      edited.set(bytes.subarray(from, start), to)
      to += start - from
      from = this.#edits[edit + 1]!
      const text = this.#edits[edit + 2]!
      const size = this.#edits[edit + 3]!
      if (text === LENGTH) to = putVarint(edited, to, size)
      else {
        edited.set(this.#texts.subarray(text, text + size), to)
        to += size
      }
    }
    edited.set(bytes.subarray(from), to)
    return edited
  }

  #push(start: number, end: number, text: number, size: number): void {
    const edit = this.count++ * FIELDS
    if (edit === this.#edits.length) {
      const grown = new Int32Array(Math.max(EDITS_MIN * FIELDS, this.#edits.length * 2))
      grown.set(this.#edits)
      this.#edits = grown
    }
    this.#edits[edit] = start
    this.#edits[edit + 1] = end
    this.#edits[edit + 2] = text
    this.#edits[edit + 3] = size
  }

  #growTexts(size: number): void {
    const needed = this.textBytes + size
    if (needed <= this.#texts.length) return
    const grown = new Uint8Array(Math.max(needed, this.#texts.length * 2))
    grown.set(this.#texts)
    this.#texts = grown
  }
}
