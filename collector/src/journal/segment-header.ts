import { crc32 } from 'node:zlib'

export const segmentHeaderBytes = 64
export const formatVersion = 1

const magic = Buffer.from('AFTJRNL1', 'latin1')
const crcOffset = segmentHeaderBytes - 4

export interface SegmentHeader {
  version: number
  /** Bit 0: the file was preallocated, so zeros at its end mean nothing. The rest is 0. */
  flags: number
  segment: number
  firstSequence: number
  /** Upper half of the batch ids of every record in the file. */
  epoch: number
  createdMs: number
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes)
  magic.copy(bytes)
  bytes.writeUInt16LE(header.version, 8)
  bytes.writeUInt16LE(header.flags, 10)
  bytes.writeBigUInt64LE(BigInt(header.segment), 12)
  bytes.writeBigUInt64LE(BigInt(header.firstSequence), 20)
  bytes.writeUInt32LE(header.epoch, 28)
  bytes.writeBigUInt64LE(BigInt(header.createdMs), 32)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, crcOffset)), crcOffset)
  return bytes
}

/** The header at the start of a file, or undefined where there is none that can be trusted. */
export function parseSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < segmentHeaderBytes || !bytes.subarray(0, 8).equals(magic)) return undefined
  if (crc32(bytes.subarray(0, crcOffset)) !== bytes.readUInt32LE(crcOffset)) return undefined
  return {
    version: bytes.readUInt16LE(8),
    flags: bytes.readUInt16LE(10),
    segment: Number(bytes.readBigUInt64LE(12)),
    firstSequence: Number(bytes.readBigUInt64LE(20)),
    epoch: bytes.readUInt32LE(28),
    createdMs: Number(bytes.readBigUInt64LE(32)),
  }
}
