/** Writes protobuf into one buffer that grows, of its own: whoever gets the bytes may transfer it. */
export class ProtoWriter {
  at = 0
  #buffer: Buffer

  constructor(sizeBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(sizeBytes, 64))
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.at)
  }

  varint(value: bigint): void {
    this.#reserve(10)
    let rest = BigInt.asUintN(64, value)
    while (rest >= 0x80n) {
      this.#buffer[this.at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.at++] = Number(rest)
  }

  tag(number: number, wire: number): void {
    this.#small(number * 8 + wire)
  }

  fixed32(value: bigint): void {
    this.#reserve(4)
    this.at = this.#buffer.writeUInt32LE(Number(value), this.at)
  }

  fixed64(value: bigint): void {
    this.#reserve(8)
    this.at = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.at)
  }

  double(value: number): void {
    this.#reserve(8)
    this.at = this.#buffer.writeDoubleLE(value, this.at)
  }

  /** A length, then the bytes. */
  lengthAndBytes(bytes: Uint8Array): void {
    this.#small(bytes.length)
    this.raw(bytes)
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.at)
    this.at += bytes.length
  }

  /** Starts content whose length comes first and is not known yet. */
  openLength(): number {
    this.#reserve(1)
    return ++this.at
  }

  /** @param start what `openLength` gave */
  closeLength(start: number): void {
    const size = this.at - start
    if (size < 0x80) {
      this.#buffer[start - 1] = size
      return
    }
    let prefixSize = 1
    for (let rest = size; rest >= 0x80; rest >>>= 7) prefixSize++
    this.#reserve(prefixSize)
    this.#buffer.copyWithin(start - 1 + prefixSize, start, this.at)
    this.at = start - 1
    this.#small(size)
    this.at += size
  }

  /** Takes `[start, end)` out of what was written. */
  cut(start: number, end: number): void {
    this.#buffer.copyWithin(start, end, this.at)
    this.at -= end - start
  }

  #small(value: number): void {
    this.#reserve(5)
    let rest = value
    while (rest >= 0x80) {
      this.#buffer[this.at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#buffer[this.at++] = rest
  }

  #reserve(sizeBytes: number): void {
    if (this.at + sizeBytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.at + sizeBytes))
    this.#buffer.copy(grown, 0, 0, this.at)
    this.#buffer = grown
  }
}
