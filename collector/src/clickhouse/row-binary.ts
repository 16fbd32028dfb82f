/** Reads values of the format RowBinary; numbers are little-endian. */
export class RowBinary {
  #bytes: Buffer = Buffer.alloc(0)
  #view = viewOf(this.#bytes)
  #at = 0

  /** @returns bytes that no row was made of: none, if the answer came whole */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** Adds bytes behind what is left, and calls `readRow` for every row that is there as a whole. */
  push(chunk: Buffer, readRow: () => void): void {
    this.#bytes = this.left === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk])
    this.#view = viewOf(this.#bytes)
    this.#at = 0
    for (let begun = 0; this.left > 0; begun = this.#at) {
      try {
        readRow()
      } catch (error) {
        if (error !== CUT_OFF) throw error
        this.#at = begun
        return
      }
    }
  }

  /** Length of a string or an array. */
  length(): number {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = this.#view.getUint8(this.#take(1))
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  /** Up to 2^53. */
  uint64(): number {
    const at = this.#take(8)
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32
  }

  /** Fills `into` from `from` on. */
  int16s(into: Int16Array, from: number, count: number): void {
    const at = this.#take(2 * count)
    for (let i = 0; i < count; i++) into[from + i] = this.#view.getInt16(at + 2 * i, true)
  }

  /** Fills `into` from `from` on. */
  uint32s(into: Uint32Array, from: number, count: number): void {
    const at = this.#take(4 * count)
    for (let i = 0; i < count; i++) into[from + i] = this.#view.getUint32(at + 4 * i, true)
  }

  string(): string {
    const size = this.length()
    const at = this.#take(size)
    return this.#bytes.toString('utf8', at, at + size)
  }

  /** An array of strings as it lies in the answer; valid until the next push. */
  stringsBytes(): Buffer {
    const from = this.#at
    for (let count = this.length(); count > 0; count--) this.#take(this.length())
    return this.#bytes.subarray(from, this.#at)
  }

  #take(size: number): number {
    const at = this.#at
    if (at + size > this.#bytes.length) throw CUT_OFF
    this.#at = at + size
    return at
  }
}

/** Thrown, and caught above, where a row goes on in the next chunk: not an error, so without a stack. */
const CUT_OFF = Symbol('cut off')

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Texts of {@link RowBinary.stringsBytes}. */
export function stringsOf(bytes: Buffer): string[] {
  const reader = new RowBinary()
  const strings: string[] = []
  reader.push(bytes, () => {
    for (let count = reader.length(); count > 0; count--) strings.push(reader.string())
  })
  return strings
}
