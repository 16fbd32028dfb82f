import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeCursor, parseCursor } from './cursor.ts'
import {
  encodeAbort,
  encodeDeath,
  encodeDone,
  encodeSeal,
  parseAbort,
  parseDeath,
  parseDone,
  parseSeal,
} from './notes.ts'
import {
  parseRecordHeader,
  recordBytes,
  recordHeaderBytes,
  writeRecordHeader,
} from './record-header.ts'
import { encodeSegmentHeader, parseSegmentHeader, segmentHeaderBytes } from './segment-header.ts'

const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffff_ffff)
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const safe = fc.nat(Number.MAX_SAFE_INTEGER)

const segmentHeaders = fc.record({
  version: u16,
  flags: u16,
  segment: safe,
  firstSequence: safe,
  epoch: u32,
  createdMs: safe,
})
const recordHeaders = fc.record({
  sequence: safe,
  payloadBytes: u32,
  payloadCrc: u32,
  kind: u8,
  flags: u8,
  format: u8,
  projectNumber: u32,
  keyId: u32,
  batch: u32,
  items: u32,
  rows: u32,
  day: u16,
  epoch: u32,
  receivedMs: safe,
})
const seals = fc.record({
  batch: u64,
  parent: u64,
  sibling: u64,
  kind: fc.constantFrom('traces' as const, 'logs' as const, 'metrics' as const),
  day: u16,
  derivationVersion: u16,
  firstSequence: safe,
  lastSequence: safe,
  requests: u32,
  items: u32,
  bytes: safe,
  sealedMs: safe,
  rows: fc
    .uniqueArray(fc.tuple(fc.string({ maxLength: 40 }), u32), {
      selector: ([table]) => table,
      maxLength: 5,
    })
    .filter((entries) => entries.every(([table]) => table !== '__proto__'))
    .map((entries) => Object.fromEntries(entries)),
})
const cursors = fc.record({
  epoch: u32,
  batchCeiling: u32,
  nextSequence: safe,
  nextSegment: safe,
  segments: fc.array(safe, { maxLength: 20 }),
})
const ranges = fc.array(fc.record({ first: safe, last: safe }), { maxLength: 10 })

test('a segment header is read as it was written', () => {
  fc.assert(
    fc.property(segmentHeaders, (header) => {
      expect(parseSegmentHeader(encodeSegmentHeader(header))).toEqual(header)
    }),
  )
})

test('a record header is read as it was written, wherever it stands', () => {
  fc.assert(
    fc.property(recordHeaders, fc.nat(50), (header, start) => {
      const bytes = Buffer.alloc(start + recordHeaderBytes)
      writeRecordHeader(bytes, start, header)
      expect(parseRecordHeader(bytes, start)).toEqual(header)
    }),
  )
})

test('headers have the sizes of the format', () => {
  expect(segmentHeaderBytes).toBe(64)
  expect(recordHeaderBytes).toBe(72)
  expect([0, 1, 8, 9].map(recordBytes)).toEqual([72, 80, 80, 88])
})

test.each([
  { name: 'segment header', encode: encodedSegmentHeader, parse: parseSegmentHeader },
  {
    name: 'record header',
    encode: encodedRecordHeader,
    parse: (b: Buffer) => parseRecordHeader(b, 0),
  },
  { name: 'cursor', encode: encodedCursor, parse: parseCursor },
])('no single flipped bit of a $name goes unseen', ({ encode, parse }) => {
  const bits = encode().length * 8
  for (let bit = 0; bit < bits; bit++) {
    const bytes = encode()
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(parse(bytes)).toBeUndefined()
  }
})

test('notes are read as they were written', () => {
  fc.assert(
    fc.property(seals, (seal) => {
      expect(parseSeal(encodeSeal(seal))).toEqual(seal)
    }),
  )
  fc.assert(
    fc.property(fc.array(u64), (ids) => {
      expect(parseDone(encodeDone(ids))).toEqual(ids)
    }),
  )
  fc.assert(
    fc.property(ranges, (list) => {
      expect(parseAbort(encodeAbort(list))).toEqual(list)
    }),
  )
  fc.assert(
    fc.property(u64, fc.integer({ min: 0, max: 9999 }), fc.string(), (batch, code, message) => {
      const death = { batch, code, message: Buffer.from(message).toString() }
      expect(parseDeath(encodeDeath(death))).toEqual(death)
    }),
  )
})

test('a cursor is read as it was written', () => {
  fc.assert(
    fc.property(cursors, (cursor) => {
      expect(parseCursor(encodeCursor(cursor))).toEqual(cursor)
    }),
  )
})

test('any bytes get an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const buffer = Buffer.from(bytes)
      const parsers = [
        parseSegmentHeader,
        parseCursor,
        parseSeal,
        parseDone,
        parseAbort,
        parseDeath,
      ]
      for (const parse of parsers) parse(buffer)
      parseRecordHeader(buffer, 0)
    }),
  )
})

function encodedSegmentHeader(): Buffer {
  const [header] = fc.sample(segmentHeaders, { numRuns: 1, seed: 1 })
  return encodeSegmentHeader(header!)
}

function encodedRecordHeader(): Buffer {
  const [header] = fc.sample(recordHeaders, { numRuns: 1, seed: 1 })
  const bytes = Buffer.alloc(recordHeaderBytes)
  writeRecordHeader(bytes, 0, header!)
  return bytes
}

function encodedCursor(): Buffer {
  const [cursor] = fc.sample(cursors, { numRuns: 1, seed: 1 })
  return encodeCursor(cursor!)
}
