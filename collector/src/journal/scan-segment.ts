import { crc32 } from 'node:zlib'
import {
  parseRecordHeader,
  recordBytes,
  recordHeaderBytes,
  recordMagic,
  type RecordHeader,
} from './record-header.ts'
import { parseSegmentHeader, segmentHeaderBytes, type SegmentHeader } from './segment-header.ts'

export interface ScannedRecord {
  header: RecordHeader
  startBytes: number
  endBytes: number
}

export interface ByteRange {
  startBytes: number
  endBytes: number
}

export interface SegmentScan {
  header: SegmentHeader | undefined
  /** In the order of the file; a sequence may repeat where the file was tampered with. */
  records: ScannedRecord[]
  damaged: ByteRange[]
  /** Where an incomplete end begins, with nothing valid after it; undefined for a whole file. */
  tornFromBytes: number | undefined
  /** Of all headers that could be read, damaged payloads included. */
  highestSequence: number | undefined
}

const magicBytes = Buffer.alloc(4)
magicBytes.writeUInt32LE(recordMagic)

/** A segment of 64 MiB has no room for more records than this. */
const sequencesMax = 2 ** 20

const stepBytes = 2 ** 20
const stepRecords = 2000

/**
 * Everything in a segment that can be trusted, and what lies between. Any bytes get an answer.
 *
 * A payload may hold bytes that look like a record, so what is found by searching, after damage, is
 * believed only if it is of the same epoch and its sequence is larger and near.
 */
export function scanSegment(bytes: Buffer): SegmentScan {
  const steps = scanInSteps(bytes)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same, with a pause after every MiB and every 2,000 records: a few milliseconds. */
export function* scanInSteps(bytes: Buffer): Generator<void, SegmentScan> {
  const header = parseSegmentHeader(bytes)
  const reader = new Reader(bytes, header)
  const records: ScannedRecord[] = []
  const damaged: ByteRange[] = []
  let tornFromBytes: number | undefined

  let at = header === undefined ? 0 : segmentHeaderBytes
  let pauseAt = at + stepBytes
  while (at < bytes.length) {
    if (at >= pauseAt || records.length % stepRecords === stepRecords - 1) {
      pauseAt = at + stepBytes
      yield
    }
    const found = reader.recordAt(at)
    if (found?.payload === 'intact') {
      records.push({ header: found.header, startBytes: at, endBytes: found.endBytes })
      reader.note(found.header)
      at = found.endBytes
      continue
    }
    const next = reader.nextAfter(at, found)
    if (next === undefined && found?.payload !== 'damaged') {
      const cleanEnd = isPreallocated(header) && isZero(bytes.subarray(at))
      if (!cleanEnd) tornFromBytes = at
      break
    }
    if (found?.payload === 'damaged') reader.note(found.header)
    const endBytes = next ?? bytes.length
    damaged.push({ startBytes: at, endBytes })
    at = endBytes
  }
  return { header, records, damaged, tornFromBytes, highestSequence: reader.highestSequence }
}

interface FoundRecord {
  header: RecordHeader
  endBytes: number
  payload: 'intact' | 'damaged' | 'incomplete'
}

class Reader {
  highestSequence: number | undefined
  readonly #bytes: Buffer
  #epoch: number | undefined
  #firstSequence: number | undefined

  constructor(bytes: Buffer, header: SegmentHeader | undefined) {
    this.#bytes = bytes
    this.#epoch = header?.epoch
    this.#firstSequence = header?.firstSequence
  }

  /** The record that starts at `at`, if its header is whole and belongs in this file. */
  recordAt(at: number): FoundRecord | undefined {
    const header = parseRecordHeader(this.#bytes, at)
    if (header === undefined || !this.#belongs(header)) return undefined
    const payloadStart = at + recordHeaderBytes
    const payloadEnd = payloadStart + header.payloadBytes
    const endBytes = at + recordBytes(header.payloadBytes)
    if (payloadEnd > this.#bytes.length) return { header, endBytes, payload: 'incomplete' }
    const intact = crc32(this.#bytes.subarray(payloadStart, payloadEnd)) === header.payloadCrc
    return { header, endBytes, payload: intact ? 'intact' : 'damaged' }
  }

  /** Where the next record starts after one at `at` that cannot be used. */
  nextAfter(at: number, unusable: FoundRecord | undefined): number | undefined {
    if (unusable?.payload === 'damaged') {
      // The usual case: a payload went bad and its successor stands where it should.
      const successor = this.recordAt(unusable.endBytes)?.header.sequence
      if (successor === unusable.header.sequence + 1) return unusable.endBytes
    }
    const last = unusable?.header.sequence ?? this.highestSequence ?? -1
    let found = this.#bytes.indexOf(
      magicBytes,
      at + (unusable === undefined ? 1 : recordHeaderBytes),
    )
    while (found !== -1) {
      const sequence = this.recordAt(found)?.header.sequence
      if (sequence !== undefined && sequence > last) return found
      found = this.#bytes.indexOf(magicBytes, found + 1)
    }
    return undefined
  }

  note({ sequence, epoch }: RecordHeader): void {
    this.#epoch ??= epoch
    this.#firstSequence ??= sequence
    this.highestSequence = Math.max(this.highestSequence ?? sequence, sequence)
  }

  #belongs({ sequence, epoch }: RecordHeader): boolean {
    if (!Number.isSafeInteger(sequence)) return false
    if (this.#epoch !== undefined && epoch !== this.#epoch) return false
    return this.#firstSequence === undefined
      ? true
      : Math.abs(sequence - this.#firstSequence) < sequencesMax
  }
}

function isPreallocated(header: SegmentHeader | undefined): boolean {
  return header !== undefined && (header.flags & 1) === 1
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}
