import { encodeGroup } from './encode-group.ts'
import { noteRecord, type UnnumberedRecord } from './journal-records.ts'
import type { JournalLimits } from './limits.ts'
import { encodeAbort, type SequenceRange } from './notes.ts'
import { recordKinds } from './record-header.ts'
import { segmentHeaderBytes } from './segment-header.ts'
import { NoRoom, type SegmentWriter } from './segment-writer.ts'

/** Where a record is. */
export interface Place {
  segment: number
  sequence: number
  startBytes: number
  endBytes: number
}

/** What the log tells of its segments. */
export interface SegmentListener {
  started: (segment: number, bytes: number) => void
  grew: (segment: number, bytes: number) => void
  ended: (segment: number) => void
  /** An ABORT in `segment` is durable. @param about the segments that may hold its sequences */
  aborted: (ranges: readonly SequenceRange[], about: ReadonlySet<number>, segment: number) => void
}

interface Deps {
  writer: SegmentWriter
  limits: Pick<JournalLimits, 'segmentBytesMax' | 'segmentAgeMs'>
  nextSequence: number
  nextSegment: number
  epoch: () => number
  now: () => number
  segments: SegmentListener
  /** The active segment has reached its age: call `endOldSegment` when no write is under way. */
  aged: () => void
}

/**
 * Records one after another, numbered, in segments that roll by size and age. One caller at a time.
 *
 * A record never spans segments. Sequences that may be in a file although their write failed are
 * remembered, and revoked by the first record of the next segment.
 */
export class RecordLog {
  readonly #deps: Deps
  #nextSequence: number
  #nextSegment: number
  #aborts: SequenceRange[] = []
  #abortedIn = new Set<number>()
  #ageTimer: NodeJS.Timeout | undefined
  #isOld = false

  constructor(deps: Deps) {
    this.#deps = deps
    this.#nextSequence = deps.nextSequence
    this.#nextSegment = deps.nextSegment
  }

  get nextSequence(): number {
    return this.#nextSequence
  }

  get nextSegment(): number {
    return this.#nextSegment
  }

  /** The active segment has reached its age. */
  get isOld(): boolean {
    return this.#isOld
  }

  /** `revokeFailed` has something to do. */
  get owesAbort(): boolean {
    return this.#aborts.length > 0
  }

  /**
   * Durable on return.
   * @throws NoRoom, Unsynced: of the records nothing counts then
   */
  async write(records: readonly UnnumberedRecord[]): Promise<{ segment: number; places: Place[] }> {
    const { writer, segments } = this.#deps
    const first = this.#nextSequence
    const numbered = records.map(({ header, payload }, i) => ({
      header: { ...header, sequence: first + i },
      payload,
    }))
    const { buffers, lengthBytes, starts } = encodeGroup(numbered)

    const segment = await this.startSegment(lengthBytes)
    try {
      const at = await writer.append(buffers, lengthBytes)
      this.#nextSequence += records.length
      segments.grew(segment, lengthBytes)
      const places = starts.map((start, i) => ({
        segment,
        sequence: first + i,
        startBytes: at + start,
        endBytes: at + (starts[i + 1] ?? lengthBytes),
      }))
      return { segment, places }
    } catch (error) {
      if (!(error instanceof NoRoom)) {
        this.#nextSequence += records.length
        this.#aborts.push({ first, last: this.#nextSequence - 1 })
        this.#abortedIn.add(segment)
        this.#ended(segment)
      }
      throw error
    }
  }

  /** Makes it durable that failed sequences do not count, if there are any. */
  async revokeFailed(): Promise<void> {
    if (this.#aborts.length === 0) return
    const { epoch, now, segments } = this.#deps
    const ranges = [...this.#aborts]
    const about = new Set(this.#abortedIn)
    const payload = encodeAbort(ranges)
    const note = { kind: recordKinds.abort, projectNumber: 0, batch: 0n, payload }
    const { segment } = await this.write([noteRecord(note, { epoch: epoch(), receivedMs: now() })])
    this.#aborts = []
    this.#abortedIn.clear()
    segments.aborted(ranges, about, segment)
  }

  /** @returns the active segment, a new one unless `lengthBytes` more fit */
  async startSegment(lengthBytes: number): Promise<number> {
    const { writer, limits, segments, epoch, aged } = this.#deps
    const { active } = writer
    if (active !== undefined && active.epoch === epoch()) {
      const isEmpty = active.sizeBytes === segmentHeaderBytes
      const fits = active.sizeBytes + lengthBytes <= limits.segmentBytesMax
      if (isEmpty || fits) return active.number
    }
    await this.endSegment()
    const number = this.#nextSegment
    try {
      await writer.start(number, this.#nextSequence, epoch())
    } finally {
      this.#nextSegment++ // a failed start may leave its file behind
    }
    segments.started(number, segmentHeaderBytes)
    this.#ageTimer = setTimeout(() => {
      this.#isOld = true
      aged()
    }, limits.segmentAgeMs)
    this.#ageTimer.unref()
    return number
  }

  async endOldSegment(): Promise<void> {
    if (this.#isOld) await this.endSegment()
  }

  async endSegment(): Promise<void> {
    const { writer } = this.#deps
    const number = writer.active?.number
    await writer.close()
    if (number !== undefined) this.#ended(number)
  }

  #ended(segment: number): void {
    clearTimeout(this.#ageTimer)
    this.#isOld = false
    this.#deps.segments.ended(segment)
  }
}
