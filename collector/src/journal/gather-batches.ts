import type { SignalKind } from './checked-request.ts'
import { ExtentsBuilder } from './extents.ts'
import {
  parseAbort,
  parseDeath,
  parseDone,
  parseSeal,
  type Seal,
  type SequenceRange,
} from './notes.ts'
import { batchDay } from './open-batches.ts'
import { batchId, recordHeaderBytes, recordKinds, signalKindOf } from './record-header.ts'
import type { ScannedRecord } from './scan-segment.ts'

/** A batch as its records show it. */
export interface GatheredBatch {
  id: bigint
  kind: SignalKind
  projectNumber: number
  day: number
  requests: number
  items: number
  bytes: number
  firstSequence: number
  lastSequence: number
  oldestMs: number
  extents: ExtentsBuilder
  segments: Set<number>
}

interface Noted<T> {
  value: T
  segment: number
}

const stepRecords = 2000

/**
 * Puts batches together from the records of all segments, the newest segment first: what came of a
 * batch (ABORT, DONE, SPLIT) always stands after its members, so it is known before they are met.
 */
export class BatchGatherer {
  readonly batches = new Map<bigint, GatheredBatch>()
  readonly seals = new Map<bigint, Noted<Seal>>()
  readonly splits = new Map<bigint, Noted<Seal>[]>()
  readonly done = new Map<bigint, number>()
  readonly aborts: Noted<SequenceRange>[] = []
  /** Segments with members of a batch, whatever became of it. */
  readonly memberSegments = new Map<bigint, Set<number>>();

  /** In steps of a few milliseconds. */
  *addSegment(
    segment: number,
    records: readonly ScannedRecord[],
    bytes: Buffer,
  ): Generator<void, void> {
    for (const record of records) this.#addNote(segment, record, bytes)
    for (const [i, record] of records.entries()) {
      if (i % stepRecords === stepRecords - 1) yield
      this.#addMember(segment, record)
    }
  }

  #addNote(segment: number, { header, startBytes }: ScannedRecord, bytes: Buffer): void {
    if (this.isAborted(header.sequence)) return
    const payloadStart = startBytes + recordHeaderBytes
    const payload = bytes.subarray(payloadStart, payloadStart + header.payloadBytes)
    switch (header.kind) {
      case recordKinds.seal: {
        const seal = parseSeal(payload)
        if (seal !== undefined) this.seals.set(seal.batch, { value: seal, segment })
        return
      }
      case recordKinds.split: {
        const seal = parseSeal(payload)
        if (seal === undefined) return
        this.seals.set(seal.batch, { value: seal, segment })
        const siblings = this.splits.get(seal.parent) ?? []
        this.splits.set(seal.parent, [...siblings, { value: seal, segment }])
        return
      }
      case recordKinds.done:
        for (const batch of parseDone(payload)) this.done.set(batch, segment)
        return
      case recordKinds.dead: {
        const death = parseDeath(payload)
        if (death !== undefined) this.done.set(death.batch, segment)
        return
      }
      case recordKinds.abort:
        for (const range of parseAbort(payload)) this.aborts.push({ value: range, segment })
    }
  }

  #addMember(segment: number, { header, startBytes, endBytes }: ScannedRecord): void {
    const kind = signalKindOf(header.kind)
    if (kind === undefined || this.isAborted(header.sequence)) return
    const id = this.#ownerOf(batchId(header.epoch, header.batch), header.sequence, segment)
    if (this.done.has(id)) return

    const batch = this.batches.get(id) ?? {
      id,
      kind,
      projectNumber: header.projectNumber,
      day: batchDay(header),
      requests: 0,
      items: 0,
      bytes: 0,
      firstSequence: Infinity,
      lastSequence: 0,
      oldestMs: Infinity,
      extents: new ExtentsBuilder(),
      segments: new Set(),
    }
    this.batches.set(id, batch)
    batch.requests++
    batch.items += header.items
    batch.bytes += header.payloadBytes
    batch.firstSequence = Math.min(batch.firstSequence, header.sequence)
    batch.lastSequence = Math.max(batch.lastSequence, header.sequence)
    batch.oldestMs = Math.min(batch.oldestMs, header.receivedMs)
    batch.extents.add(segment, startBytes, endBytes)
    batch.segments.add(segment)
  }

  /** Follows the splits from the batch a record was written for to the one it is in now. */
  #ownerOf(written: bigint, sequence: number, segment: number): bigint {
    let id = written
    for (;;) {
      const segments = this.memberSegments.get(id)
      if (segments === undefined) this.memberSegments.set(id, new Set([segment]))
      else segments.add(segment)

      const halves = this.splits.get(id)
      const first = halves?.[0]
      if (halves === undefined || first === undefined) return id
      const half = halves.find(
        ({ value }) => value.firstSequence <= sequence && sequence <= value.lastSequence,
      )
      // In neither half: the SPLIT of the other one is lost, but its sibling names it.
      id = half?.value.batch ?? first.value.sibling
    }
  }

  isAborted(sequence: number): boolean {
    return this.aborts.some(({ value }) => value.first <= sequence && sequence <= value.last)
  }
}
