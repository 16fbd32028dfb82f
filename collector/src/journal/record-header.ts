import { crc32 } from 'node:zlib'
import type { SignalKind } from './checked-request.ts'

export const recordHeaderBytes = 72
export const recordMagic = 0x43524641 // 'AFRC' in the file

/** Numbers of `kind`: below 16 a request's bytes, from 16 on the journal's own notes. */
export const recordKinds = {
  traces: 1,
  logs: 2,
  metrics: 3,
  seal: 16,
  done: 17,
  abort: 18,
  split: 19,
  dead: 20,
} as const

/** `format` of a request's payload. Notes have 0. */
export const otlpProtobuf = 1

export interface RecordHeader {
  sequence: number
  payloadBytes: number
  payloadCrc: number
  kind: number
  flags: number
  format: number
  projectNumber: number
  keyId: number
  /** Lower half of the batch id. */
  batch: number
  items: number
  /** Over all tables. */
  rows: number
  /** Days since 1970-01-01. */
  day: number
  /** Upper half of the batch id. Here too, so that a file whose own header is lost can be read. */
  epoch: number
  receivedMs: number
}

/** Bytes from a record's start to the next one's: header and payload, padded to 8. */
export function recordBytes(payloadBytes: number): number {
  return Math.ceil((recordHeaderBytes + payloadBytes) / 8) * 8
}

export function writeRecordHeader(bytes: Buffer, start: number, header: RecordHeader): void {
  bytes.writeUInt32LE(recordMagic, start)
  bytes.writeBigUInt64LE(BigInt(header.sequence), start + 8)
  bytes.writeUInt32LE(header.payloadBytes, start + 16)
  bytes.writeUInt32LE(header.payloadCrc, start + 20)
  bytes.writeUInt8(header.kind, start + 24)
  bytes.writeUInt8(header.flags, start + 25)
  bytes.writeUInt8(header.format, start + 26)
  bytes.writeUInt8(0, start + 27)
  bytes.writeUInt32LE(header.projectNumber, start + 28)
  bytes.writeUInt32LE(header.keyId, start + 32)
  bytes.writeUInt32LE(header.batch, start + 36)
  bytes.writeUInt32LE(header.items, start + 40)
  bytes.writeUInt32LE(header.rows, start + 44)
  bytes.writeUInt16LE(header.day, start + 48)
  bytes.writeUInt16LE(0, start + 50)
  bytes.writeUInt32LE(header.epoch, start + 52)
  bytes.writeBigUInt64LE(BigInt(header.receivedMs), start + 56)
  bytes.fill(0, start + 64, start + recordHeaderBytes) // the body's hash: not kept, see the page
  bytes.writeUInt32LE(crc32(bytes.subarray(start + 8, start + recordHeaderBytes)), start + 4)
}

/** The header at `start`, or undefined where there is none that can be trusted. */
export function parseRecordHeader(bytes: Buffer, start: number): RecordHeader | undefined {
  if (start + recordHeaderBytes > bytes.length) return undefined
  if (bytes.readUInt32LE(start) !== recordMagic) return undefined
  const crc = crc32(bytes.subarray(start + 8, start + recordHeaderBytes))
  if (crc !== bytes.readUInt32LE(start + 4)) return undefined
  return {
    sequence: Number(bytes.readBigUInt64LE(start + 8)),
    payloadBytes: bytes.readUInt32LE(start + 16),
    payloadCrc: bytes.readUInt32LE(start + 20),
    kind: bytes.readUInt8(start + 24),
    flags: bytes.readUInt8(start + 25),
    format: bytes.readUInt8(start + 26),
    projectNumber: bytes.readUInt32LE(start + 28),
    keyId: bytes.readUInt32LE(start + 32),
    batch: bytes.readUInt32LE(start + 36),
    items: bytes.readUInt32LE(start + 40),
    rows: bytes.readUInt32LE(start + 44),
    day: bytes.readUInt16LE(start + 48),
    epoch: bytes.readUInt32LE(start + 52),
    receivedMs: Number(bytes.readBigUInt64LE(start + 56)),
  }
}

export function signalKindOf(kind: number): SignalKind | undefined {
  if (kind === recordKinds.traces) return 'traces'
  if (kind === recordKinds.logs) return 'logs'
  if (kind === recordKinds.metrics) return 'metrics'
  return undefined
}

export function batchId(epoch: number, counter: number): bigint {
  return (BigInt(epoch) << 32n) | BigInt(counter)
}
