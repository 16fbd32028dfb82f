import type { SequenceRange } from './notes.ts'

interface Segment {
  bytes: number
  /** The writer is done with it. */
  closed: boolean
  /** Batches that still need it: members or the SEAL lie in it. */
  holders: Set<bigint>
}

/** A record that must outlive the segments it speaks of. */
interface Kept<T> {
  value: T
  /** Segments with records it speaks of. */
  about: Set<number>
  /** The segment it is written in; undefined if it could not be written. */
  writtenIn: number | undefined
}

export interface NotesToKeep {
  done: bigint[]
  aborts: SequenceRange[]
}

/**
 * Which segments exist, who needs them, and which may go.
 *
 * A segment goes with the last batch that has something in it, whatever its age, so that one stuck
 * batch does not hold everything after it. What a freed segment said about older ones that stay
 * (DONE, DEAD, ABORT) has to be written again first.
 */
export class Ledger {
  readonly #segments = new Map<number, Segment>()
  readonly #heldBy = new Map<bigint, Set<number>>()
  #done: Kept<bigint>[] = []
  #aborts: Kept<SequenceRange>[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get segments(): number[] {
    return [...this.#segments.keys()].toSorted((a, b) => a - b)
  }

  get count(): number {
    return this.#segments.size
  }

  addSegment(number: number, bytes: number, closed: boolean): void {
    this.#segments.set(number, { bytes, closed, holders: new Set() })
    this.#bytes += bytes
  }

  grow(number: number, bytes: number): void {
    const segment = this.#segments.get(number)
    if (segment === undefined) return
    segment.bytes += bytes
    this.#bytes += bytes
  }

  closeSegment(number: number): void {
    const segment = this.#segments.get(number)
    if (segment !== undefined) segment.closed = true
  }

  hold(number: number, batch: bigint): void {
    this.#segments.get(number)?.holders.add(batch)
    const held = this.#heldBy.get(batch)
    if (held === undefined) this.#heldBy.set(batch, new Set([number]))
    else held.add(number)
  }

  /** The batch needs nothing any more. @param noteIn the segment that says so, if one does */
  letGo(batch: bigint, noteIn: number | undefined): void {
    const held = this.heldBy(batch)
    this.unhold(batch)
    this.keepDone(batch, held, noteIn)
  }

  heldBy(batch: bigint): number[] {
    return [...(this.#heldBy.get(batch) ?? [])]
  }

  unhold(batch: bigint): void {
    for (const number of this.heldBy(batch)) this.#segments.get(number)?.holders.delete(batch)
    this.#heldBy.delete(batch)
  }

  keepDone(batch: bigint, about: Iterable<number>, writtenIn: number | undefined): void {
    const existing = new Set([...about].filter((number) => this.#segments.has(number)))
    if (existing.size > 0) this.#done.push({ value: batch, about: existing, writtenIn })
  }

  keepAbort(range: SequenceRange, about: Iterable<number>, writtenIn: number): void {
    const existing = new Set([...about].filter((number) => this.#segments.has(number)))
    if (existing.size > 0) this.#aborts.push({ value: range, about: existing, writtenIn })
  }

  /** Segments that nobody needs, oldest first. */
  freeable(): number[] {
    return this.segments.filter((number) => {
      const segment = this.#segments.get(number)
      return segment !== undefined && segment.closed && segment.holders.size === 0
    })
  }

  /** What has to be written again before these segments go. */
  notesToKeep(going: readonly number[]): NotesToKeep {
    const gone = new Set(going)
    // A batch of which part stays would be found there, and taken for all that there was of it.
    const isNeeded = <T>({ about, writtenIn }: Kept<T>) => {
      const isUnsaid = writtenIn === undefined || gone.has(writtenIn)
      const loses = writtenIn !== undefined || [...about].some((no) => gone.has(no))
      return isUnsaid && loses && [...about].some((no) => !gone.has(no))
    }
    return {
      done: this.#done.filter(isNeeded).map(({ value }) => value),
      aborts: this.#aborts.filter(isNeeded).map(({ value }) => value),
    }
  }

  rewritten(notes: NotesToKeep, segment: number): void {
    const done = new Set(notes.done)
    const aborts = new Set(notes.aborts)
    for (const kept of this.#done) if (done.has(kept.value)) kept.writtenIn = segment
    for (const kept of this.#aborts) if (aborts.has(kept.value)) kept.writtenIn = segment
  }

  remove(number: number): void {
    this.#bytes -= this.#segments.get(number)?.bytes ?? 0
    this.#segments.delete(number)
    for (const { about } of this.#done) about.delete(number)
    for (const { about } of this.#aborts) about.delete(number)
    this.#done = this.#done.filter(({ about }) => about.size > 0)
    this.#aborts = this.#aborts.filter(({ about }) => about.size > 0)
  }
}
