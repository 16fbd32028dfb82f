/** Bytes of a varint that holds a length or tag: 0 ≤ value < 2^32. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++
  return size
}

/** Writes `value`, 0 ≤ value < 2^32, and gives the position after it. */
export function putVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value
  let next = at
  while (rest >= 0x80) {
    target[next++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  target[next++] = rest
  return next
}

/** A length-delimited field: tag, length, content. */
export function lengthField(number: number, content: Uint8Array): Uint8Array {
  const tag = number * 8 + 2
  const field = new Uint8Array(varintSize(tag) + varintSize(content.length) + content.length)
  field.set(content, putVarint(field, putVarint(field, 0, tag), content.length))
  return field
}

/** A field with a varint, `value` being its 64 bits unsigned. */
export function varintField(number: number, value: bigint): Uint8Array {
  const content: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) content.push(Number(rest & 0x7fn) | 0x80)
  content.push(Number(rest))
  return tagged(number * 8, content)
}

/** A field whose value has the same bytes wherever it stands. */
export function tagged(tag: number, content: ArrayLike<number>): Uint8Array {
  const field = new Uint8Array(varintSize(tag) + content.length)
  field.set(content, putVarint(field, 0, tag))
  return field
}

/**
 * Reads bytes that were found well-formed: no check, no error. For the rare paths; the walk over a
 * request has its own loop.
 */
export class WireReader {
  at: number
  readonly end: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.at = start
    this.end = end
  }

  /** A tag or a length. */
  small(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.at++]!
      value += (byte & 0x7f) * factor
      if (!(byte >= 0x80)) return value // also behind the end: damaged bytes must not hang it
    }
  }

  /** A varint as the 64 bits it stands for, unsigned. */
  big(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (!(byte >= 0x80)) return BigInt.asUintN(64, value)
    }
  }

  /** Content of a length-delimited field. */
  content(): WireReader {
    const size = this.small()
    const start = this.at
    this.at += size
    return new WireReader(this.#bytes, start, this.at)
  }

  /** From here to the end. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(this.at, this.end)
  }

  /** The value of a field: of a length-delimited one the content, else all its bytes. */
  value(wire: number): WireReader {
    if (wire === 2) return this.content()
    const start = this.at
    this.skip(wire)
    return new WireReader(this.#bytes, start, this.at)
  }

  /** Steps over the value of a field. */
  skip(wire: number): void {
    if (wire === 0) this.big()
    else if (wire === 1) this.at += 8
    else if (wire === 5) this.at += 4
    else this.content()
  }
}
