import type { RowCounts, SignalKind } from './checked-request.ts'
import { recordKinds, signalKindOf } from './record-header.ts'

/** Payloads of the journal's own records. Layouts: docs/journal-format.md. */

/** How rows are derived from bytes. Raised when the same bytes would give other counts. */
export const derivationVersion = 1

/** A batch is closed: SEAL, or SPLIT where it is half of another one. */
export interface Seal {
  batch: bigint
  /** The batch it was split from and the other half of that; 0 in a SEAL. */
  parent: bigint
  sibling: bigint
  kind: SignalKind
  day: number
  derivationVersion: number
  firstSequence: number
  lastSequence: number
  requests: number
  items: number
  bytes: number
  sealedMs: number
  rows: RowCounts
}

export interface SequenceRange {
  first: number
  last: number
}

export interface Death {
  batch: bigint
  /** 0 where ClickHouse gave no number. */
  code: number
  message: string
}

const sealFixedBytes = 80
const deathFixedBytes = 12
const deathMessageBytesMax = 1024

export function encodeSeal(seal: Seal): Buffer {
  const tables = Object.entries(seal.rows).map(([table, rows]) => ({
    name: Buffer.from(table, 'utf8'),
    rows,
  }))
  const tableBytes = tables.reduce((sum, { name }) => sum + 6 + name.length, 0)
  const bytes = Buffer.alloc(sealFixedBytes + tableBytes)
  bytes.writeBigUInt64LE(seal.batch, 0)
  bytes.writeBigUInt64LE(seal.parent, 8)
  bytes.writeBigUInt64LE(seal.sibling, 16)
  bytes.writeUInt8(recordKinds[seal.kind], 24)
  bytes.writeUInt16LE(seal.day, 26)
  bytes.writeUInt16LE(seal.derivationVersion, 28)
  bytes.writeUInt16LE(tables.length, 30)
  bytes.writeBigUInt64LE(BigInt(seal.firstSequence), 32)
  bytes.writeBigUInt64LE(BigInt(seal.lastSequence), 40)
  bytes.writeUInt32LE(seal.requests, 48)
  bytes.writeUInt32LE(seal.items, 52)
  bytes.writeBigUInt64LE(BigInt(seal.bytes), 56)
  bytes.writeBigUInt64LE(BigInt(seal.sealedMs), 64)
  let at = sealFixedBytes
  for (const { name, rows } of tables) {
    bytes.writeUInt32LE(rows, at)
    bytes.writeUInt16LE(name.length, at + 4)
    name.copy(bytes, at + 6)
    at += 6 + name.length
  }
  return bytes
}

export function parseSeal(bytes: Buffer): Seal | undefined {
  if (bytes.length < sealFixedBytes) return undefined
  const kind = signalKindOf(bytes.readUInt8(24))
  if (kind === undefined) return undefined
  const rows: Record<string, number> = Object.create(null)
  let at = sealFixedBytes
  for (let tables = bytes.readUInt16LE(30); tables > 0; tables--) {
    if (at + 6 > bytes.length) return undefined
    const nameEnd = at + 6 + bytes.readUInt16LE(at + 4)
    if (nameEnd > bytes.length) return undefined
    rows[bytes.toString('utf8', at + 6, nameEnd)] = bytes.readUInt32LE(at)
    at = nameEnd
  }
  return {
    batch: bytes.readBigUInt64LE(0),
    parent: bytes.readBigUInt64LE(8),
    sibling: bytes.readBigUInt64LE(16),
    kind,
    day: bytes.readUInt16LE(26),
    derivationVersion: bytes.readUInt16LE(28),
    firstSequence: Number(bytes.readBigUInt64LE(32)),
    lastSequence: Number(bytes.readBigUInt64LE(40)),
    requests: bytes.readUInt32LE(48),
    items: bytes.readUInt32LE(52),
    bytes: Number(bytes.readBigUInt64LE(56)),
    sealedMs: Number(bytes.readBigUInt64LE(64)),
    rows: { ...rows },
  }
}

/** DONE: batches whose rows are stored and counted. */
export function encodeDone(batches: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(batches.length * 8)
  batches.forEach((batch, i) => bytes.writeBigUInt64LE(batch, i * 8))
  return bytes
}

export function parseDone(bytes: Buffer): bigint[] {
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) =>
    bytes.readBigUInt64LE(i * 8),
  )
}

/** ABORT: sequences that were written and then refused. */
export function encodeAbort(ranges: readonly SequenceRange[]): Buffer {
  const bytes = Buffer.alloc(ranges.length * 16)
  ranges.forEach(({ first, last }, i) => {
    bytes.writeBigUInt64LE(BigInt(first), i * 16)
    bytes.writeBigUInt64LE(BigInt(last), i * 16 + 8)
  })
  return bytes
}

export function parseAbort(bytes: Buffer): SequenceRange[] {
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => ({
    first: Number(bytes.readBigUInt64LE(i * 16)),
    last: Number(bytes.readBigUInt64LE(i * 16 + 8)),
  }))
}

/** DEAD: a batch that ClickHouse will never take; its bytes are in `dead/`. */
export function encodeDeath({ batch, code, message }: Death): Buffer {
  const text = Buffer.from(message, 'utf8').subarray(0, deathMessageBytesMax)
  const bytes = Buffer.alloc(deathFixedBytes + text.length)
  bytes.writeBigUInt64LE(batch, 0)
  bytes.writeInt32LE(code, 8)
  text.copy(bytes, deathFixedBytes)
  return bytes
}

export function parseDeath(bytes: Buffer): Death | undefined {
  if (bytes.length < deathFixedBytes) return undefined
  return {
    batch: bytes.readBigUInt64LE(0),
    code: bytes.readInt32LE(8),
    message: bytes.toString('utf8', deathFixedBytes),
  }
}
