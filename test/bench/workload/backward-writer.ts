import { nanosWords } from './nanos-words.ts'

/** Where a ready request is changed just before it is sent: times become fresh, ids unique. */
export interface Patches {
  /** Fours: offset of a fixed64, age in ms, then what is added in ns, low and high word. */
  times: number[]
  /** Offsets of ids, whose first four bytes become the number of the request. */
  ids: number[]
}

export interface Stamp {
  nowMs: number
  /** The request's number among its like: what is stored tells by it what arrived. */
  mark: number
}

/**
 * Writes a protobuf message from its end to its start: a nested message's length is then known when
 * its head is written. So fields come in reverse order.
 */
export class BackwardWriter {
  #bytes = Buffer.allocUnsafe(2 ** 20)
  #start = this.#bytes.length
  /** As in `Patches`, but offsets count from the end. */
  #times: number[] = []
  #ids: number[] = []

  put(piece: Uint8Array): void {
    this.#make(piece.length)
    this.#bytes.set(piece, this.#start)
  }

  /** @param value 0 ≤ value < 2^53 */
  varint(value: number): void {
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++
    this.#make(size)
    let at = this.#start
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.#bytes[at++] = (rest % 128) | 0x80
    this.#bytes[at] = rest
  }

  /** Closes what was written since `end` into a length-delimited field. */
  close(field: number, end: number): void {
    this.varint(this.mark() - end)
    this.varint(field * 8 + 2)
  }

  /** Bytes written so far: hand it to `close`. */
  mark(): number {
    return this.#bytes.length - this.#start
  }

  bytesField(field: number, content: Uint8Array): void {
    this.put(content)
    this.varint(content.length)
    this.varint(field * 8 + 2)
  }

  double(field: number, value: number): void {
    this.#make(8)
    this.#bytes.writeDoubleLE(value, this.#start)
    this.varint(field * 8 + 1)
  }

  /** @param value 0 ≤ value < 2^53 */
  fixed64(field: number, value: number): void {
    this.#make(8)
    this.#bytes.writeUInt32LE(value % 2 ** 32, this.#start)
    this.#bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.#start + 4)
    this.varint(field * 8 + 1)
  }

  /** A time that is patched when sent; until then `ageMs` before `nowMs`, plus `ns`, plus `mark`. */
  time(field: number, { nowMs, mark }: Stamp, ageMs: number, ns: number): void {
    this.#make(8)
    const { low, high } = nanosWords(nowMs - ageMs, ns + mark)
    this.#bytes.writeUInt32LE(low, this.#start)
    this.#bytes.writeUInt32LE(high, this.#start + 4)
    this.#times.push(this.mark(), ageMs, ns)
    this.varint(field * 8 + 1)
  }

  /** A field of an id that is patched when sent. */
  id(field: number, id: Uint8Array): void {
    this.put(id)
    this.#ids.push(this.mark())
    this.varint(id.length)
    this.varint(field * 8 + 2)
  }

  /** The message and where to patch it; the writer is empty again. */
  take(): { bytes: Buffer; patches: Patches } {
    const size = this.mark()
    const bytes = Buffer.from(this.#bytes.subarray(this.#start))
    const times: number[] = []
    for (let at = 0; at < this.#times.length; at += 3) {
      const [distance, ageMs, ns] = this.#times.slice(at, at + 3) as [number, number, number] // written in threes
      times.push(size - distance, ageMs, ns % 2 ** 32, Math.floor(ns / 2 ** 32))
    }
    const fromStart = (distance: number) => size - distance
    const patches = {
      times,
      ids: this.#ids.map(fromStart),
    }
    this.#start = this.#bytes.length
    this.#times = []
    this.#ids = []
    return { bytes, patches }
  }

  #make(size: number): void {
    if (this.#start < size) {
      const wider = Buffer.allocUnsafe(this.#bytes.length * 2 + size)
      const start = wider.length - this.mark()
      this.#bytes.copy(wider, start, this.#start)
      this.#bytes = wider
      this.#start = start
    }
    this.#start -= size
  }
}
