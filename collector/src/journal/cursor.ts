import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { fault } from '../fault.ts'
import type { Disk } from './disk.ts'
import { JournalTooNew } from './journal-errors.ts'
import { formatVersion } from './segment-header.ts'

const magic = Buffer.from('AFTCURS1', 'latin1')
const fixedBytes = 48
const readBytesMax = 2 ** 20 // names 131,000 segments: 90 days without ClickHouse

/**
 * What the journal knew when it last freed a segment or reserved batch ids. Losing it costs a new
 * epoch and the ability to tell a freed segment from a lost one, never data.
 */
export interface Cursor {
  epoch: number
  /** Batch counters below it may be in use; the next life starts at it. */
  batchCeiling: number
  nextSequence: number
  nextSegment: number
  /** Numbers of the segments that were there, ascending. */
  segments: readonly number[]
}

/** Durable on return: written beside, synced, renamed over, directory synced. */
export async function writeCursor(disk: Disk, dir: string, cursor: Cursor): Promise<void> {
  const path = join(dir, 'cursor')
  await disk.write(`${path}.tmp`, [encodeCursor(cursor)])
  await fault('journal.cursor')
  await disk.rename(`${path}.tmp`, path)
  await fault('journal.dirsync')
  await disk.syncDirectory(dir)
}

/**
 * @returns undefined where there is none, `damaged` where it cannot be trusted
 * @throws JournalTooNew
 */
export async function readCursor(disk: Disk, dir: string): Promise<Cursor | undefined | 'damaged'> {
  const files = await disk.list(dir)
  if (!files.some(({ name }) => name === 'cursor')) return undefined
  const path = join(dir, 'cursor')
  const bytes = await disk.read(path, 0, readBytesMax).catch(() => undefined)
  const version = bytes && cursorVersion(bytes)
  if (version !== undefined && version > formatVersion) throw new JournalTooNew(path, version)
  return (bytes && parseCursor(bytes)) ?? 'damaged'
}

export function encodeCursor(cursor: Cursor): Buffer {
  const bytes = Buffer.alloc(fixedBytes + cursor.segments.length * 8 + 4)
  magic.copy(bytes)
  bytes.writeUInt16LE(formatVersion, 8)
  bytes.writeUInt32LE(cursor.epoch, 12)
  bytes.writeUInt32LE(cursor.batchCeiling, 16)
  bytes.writeUInt32LE(cursor.segments.length, 20)
  bytes.writeBigUInt64LE(BigInt(cursor.nextSequence), 24)
  bytes.writeBigUInt64LE(BigInt(cursor.nextSegment), 32)
  cursor.segments.forEach((no, i) => bytes.writeBigUInt64LE(BigInt(no), fixedBytes + i * 8))
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

export function parseCursor(bytes: Buffer): Cursor | undefined {
  if (cursorVersion(bytes) === undefined) return undefined
  const count = bytes.readUInt32LE(20)
  if (bytes.length !== fixedBytes + count * 8 + 4) return undefined
  return {
    epoch: bytes.readUInt32LE(12),
    batchCeiling: bytes.readUInt32LE(16),
    nextSequence: Number(bytes.readBigUInt64LE(24)),
    nextSegment: Number(bytes.readBigUInt64LE(32)),
    segments: Array.from({ length: count }, (_, i) =>
      Number(bytes.readBigUInt64LE(fixedBytes + i * 8)),
    ),
  }
}

function cursorVersion(bytes: Buffer): number | undefined {
  if (bytes.length < fixedBytes + 4 || !bytes.subarray(0, 8).equals(magic)) return undefined
  if (crc32(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) return undefined
  return bytes.readUInt16LE(8)
}
