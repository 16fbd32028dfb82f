import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeGroup } from './encode-group.ts'
import { recordBytes, recordKinds } from './record-header.ts'
import { scanSegment } from './scan-segment.ts'
import { encodeSegmentHeader, segmentHeaderBytes } from './segment-header.ts'

function segmentHeader(flags = 0): Buffer {
  const header = { version: 1, flags, segment: 1, firstSequence: 1, epoch: 77, createdMs: 0 }
  return encodeSegmentHeader(header)
}

function record(sequence: number, payload: Uint8Array, epoch = 77): Buffer {
  const header = {
    sequence,
    kind: recordKinds.traces,
    flags: 0,
    format: 1,
    projectNumber: 1,
    keyId: 1,
    batch: 1,
    items: 1,
    rows: 1,
    day: 1,
    epoch,
    receivedMs: 0,
  }
  return Buffer.concat(encodeGroup([{ header, payload }]).buffers)
}

const three = [1, 2, 3].map((sequence) => record(sequence, Buffer.from(`payload ${sequence}`)))
const whole = Buffer.concat([segmentHeader(), ...three])
const size = recordBytes('payload 1'.length)
const startOf = (sequence: number) => segmentHeaderBytes + (sequence - 1) * size

function sequencesIn(bytes: Buffer): number[] {
  return scanSegment(bytes).records.map(({ header }) => header.sequence)
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}

test('a whole segment has its records and nothing else', () => {
  expect(scanSegment(whole)).toMatchObject({ damaged: [], tornFromBytes: undefined })
  expect(sequencesIn(whole)).toEqual([1, 2, 3])
})

test('payloads of any size are found again', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40_000), { maxLength: 8 }), (sizes) => {
      const records = sizes.map((bytes, i) => record(i + 1, Buffer.alloc(bytes, i)))
      const bytes = Buffer.concat([segmentHeader(), ...records])
      expect(sequencesIn(bytes)).toEqual(sizes.map((_, i) => i + 1))
      expect(scanSegment(bytes)).toMatchObject({ damaged: [], tornFromBytes: undefined })
    }),
  )
})

test.each([
  { what: 'its magic', at: 0 },
  { what: 'its header', at: 40 },
  { what: 'its payload', at: 75 },
])('a record damaged in $what is passed over, the rest is read', ({ at }) => {
  const bytes = flipped(whole, startOf(2) + at)
  expect(sequencesIn(bytes)).toEqual([1, 3])
  expect(scanSegment(bytes).damaged).toEqual([{ startBytes: startOf(2), endBytes: startOf(3) }])
})

test('a damaged segment header costs no record', () => {
  const scan = scanSegment(flipped(whole, 9))
  expect(scan.header).toBeUndefined()
  expect(scan.records.map(({ header }) => header.sequence)).toEqual([1, 2, 3])
})

test.each([1, 71, 72, 79])('an end cut %d bytes into a record is torn, not damaged', (bytes) => {
  const scan = scanSegment(whole.subarray(0, startOf(3) + bytes))
  expect(scan).toMatchObject({ damaged: [], tornFromBytes: startOf(3) })
})

test('a last record that is complete but wrong is damaged, not torn', () => {
  const scan = scanSegment(flipped(whole, startOf(3) + 75))
  expect(scan).toMatchObject({ tornFromBytes: undefined, highestSequence: 3 })
  expect(scan.damaged).toEqual([{ startBytes: startOf(3), endBytes: whole.length }])
})

test('zeros at the end are a clean end of a preallocated segment, and a torn one of another', () => {
  const zeros = Buffer.alloc(200)
  const preallocated = Buffer.concat([segmentHeader(1), ...three, zeros])
  expect(scanSegment(preallocated).tornFromBytes).toBeUndefined()
  expect(scanSegment(Buffer.concat([whole, zeros])).tornFromBytes).toBe(whole.length)
})

test('what looks like a record inside a damaged payload is not believed', () => {
  const forged = [
    record(1, Buffer.from('older sequence')),
    record(2 ** 40, Buffer.from('far sequence')),
    record(3, Buffer.from('other epoch'), 78),
  ]
  const carrier = record(2, Buffer.concat(forged))
  const bytes = Buffer.concat([segmentHeader(), three[0]!, carrier, three[2]!])
  const texts = (segment: Buffer) =>
    scanSegment(segment).records.map(({ startBytes, header }) =>
      segment.toString('latin1', startBytes + 72, startBytes + 72 + header.payloadBytes),
    )
  expect(texts(flipped(bytes, startOf(2) + 20))).toEqual(['payload 1', 'payload 3'])
})

test('any bytes get an answer, and what it claims lies inside', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...three))),
      fc.boolean(),
      (parts, hasHeader) => {
        const bytes = Buffer.concat([hasHeader ? segmentHeader() : Buffer.alloc(0), ...parts])
        const { records, damaged, tornFromBytes = bytes.length } = scanSegment(bytes)
        for (const { startBytes, endBytes } of [...records, ...damaged]) {
          expect(startBytes).toBeLessThan(endBytes)
          expect(endBytes).toBeLessThanOrEqual(Math.ceil(tornFromBytes / 8 + 1) * 8)
        }
      },
    ),
  )
})
