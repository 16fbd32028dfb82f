import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Cursor } from './cursor.ts'
import type { DamageKeeper } from './damage.ts'
import type { Disk } from './disk.ts'
import { BatchGatherer } from './gather-batches.ts'
import { JournalTooNew } from './journal-errors.ts'
import type { SequenceRange } from './notes.ts'
import { scanSegment, type SegmentScan } from './scan-segment.ts'
import { formatVersion, parseSegmentHeader, segmentHeaderBytes } from './segment-header.ts'
import { segmentName, segmentNumber } from './segment-writer.ts'
import { SequenceSet, type Hole } from './sequence-set.ts'

interface Deps {
  disk: Disk
  dir: string
  log: Logger
  damage: DamageKeeper
  cursor: Cursor | undefined
}

/** What a start found in the directory. */
export interface Recovery {
  gathered: BatchGatherer
  segments: { number: number; bytes: number }[]
  nextSequence: number
  nextSegment: number
  /** Records that were acknowledged, as far as can be told, and are gone. */
  damagedRecords: number
  tornTails: number
}

/** No segment is larger: 64 MiB and one request that did not fit. Beyond, it is somebody else's. */
const fileBytesMax = 256 * 2 ** 20

/**
 * Reads all that an earlier life left. Nothing in the files stops a start but a newer format:
 * what cannot be read is kept in `damaged/` and reported, and the rest is used.
 *
 * @throws JournalTooNew
 */
export async function recover(deps: Deps): Promise<Recovery> {
  const { cursor } = deps
  const files = await listSegments(deps)
  const gathered = new BatchGatherer()
  const sequences = new SequenceSet()
  const recovery: Recovery = {
    gathered,
    segments: [],
    nextSequence: cursor?.nextSequence ?? 1,
    nextSegment: Math.max(cursor?.nextSegment ?? 1, ...files.map(({ number }) => number + 1)),
    damagedRecords: 0,
    tornTails: 0,
  }

  let oldest: Found['oldest']
  const unused = new Set<number>()
  for (const file of files.toReversed()) {
    const read = await readSegment(deps, file)
    if (read === 'empty') unused.add(file.place)
    if (read === 'empty' || read === 'damaged') continue
    const { scan, bytes } = read
    oldest = { sequence: scan.header?.firstSequence ?? Infinity, segment: file.place }
    await reportSegment(deps, file.number, read)
    const fresh = scan.records.filter(({ header }) => sequences.add(header.sequence, file.place))
    gathered.addSegment(file.number, fresh, bytes)

    recovery.segments.unshift({ number: file.number, bytes: endOfRecords(scan, bytes) })
    recovery.nextSequence = Math.max(recovery.nextSequence, (scan.highestSequence ?? 0) + 1)
    if (scan.tornFromBytes !== undefined) recovery.tornTails++
  }

  for (const { value } of gathered.aborts) {
    recovery.nextSequence = Math.max(recovery.nextSequence, value.last + 1)
  }
  recovery.damagedRecords = reportMissing(deps, { files, sequences, recovery, oldest, unused })
  return recovery
}

interface SegmentOnDisk {
  number: number
  /** The number it was written under, by its header: files may have been copied or renamed. */
  place: number
  name: string
  sizeBytes: number
}

interface ReadSegment {
  scan: SegmentScan
  bytes: Buffer
}

/** In the order they were written; files that only look like segments are moved away. */
async function listSegments({ disk, dir, damage }: Deps): Promise<SegmentOnDisk[]> {
  const segments: SegmentOnDisk[] = []
  for (const { name, sizeBytes } of await disk.list(dir)) {
    if (!name.endsWith('.seg')) continue
    const number = segmentNumber(name)
    if (number === undefined || sizeBytes === 0 || sizeBytes > fileBytesMax) await damage.move(name)
    else
      segments.push({
        number,
        place: await placeOf(disk, join(dir, name), number),
        name,
        sizeBytes,
      })
  }
  return segments.toSorted((a, b) => a.place - b.place || a.number - b.number)
}

async function placeOf(disk: Disk, path: string, number: number): Promise<number> {
  const bytes = await disk.read(path, 0, segmentHeaderBytes).catch(() => undefined)
  return (bytes && parseSegmentHeader(bytes)?.segment) ?? number
}

/** Where nothing in the file can be used it is out of the way on return. */
async function readSegment(
  deps: Deps,
  file: SegmentOnDisk,
): Promise<ReadSegment | 'empty' | 'damaged'> {
  const { disk, dir, log, damage } = deps
  const path = join(dir, file.name)
  const bytes = await disk.read(path, 0, file.sizeBytes).catch((error: unknown) => {
    log.error({ err: error, file: file.name }, 'A journal segment cannot be read')
  })
  if (bytes === undefined) {
    await damage.move(file.name)
    return 'damaged'
  }
  const scan = scanSegment(bytes)
  const version = scan.header?.version ?? formatVersion
  if (version > formatVersion) throw new JournalTooNew(path, version)
  if (scan.records.length > 0) return { scan, bytes }

  const isWhole = scan.damaged.length === 0 && scan.tornFromBytes === undefined
  if (scan.header !== undefined && isWhole) {
    await disk.unlink(path).catch(() => {})
    return 'empty'
  }
  await damage.move(file.name)
  return 'damaged'
}

async function reportSegment(
  { disk, dir, log, damage }: Deps,
  number: number,
  { scan, bytes }: ReadSegment,
): Promise<void> {
  const segment = segmentName(number)
  if (scan.header === undefined)
    log.error({ segment }, 'The header of a journal segment is damaged')
  for (const range of scan.damaged) {
    log.error({ segment, ...range }, 'A range of a journal segment is damaged')
    await damage.copy(number, range, bytes)
  }
  if (scan.tornFromBytes === undefined) return
  const torn = { startBytes: scan.tornFromBytes, endBytes: bytes.length }
  log.warn({ segment, ...torn }, 'The end of a journal segment is incomplete and was cut')
  await damage.copy(number, torn, bytes)
  await disk.cut(join(dir, segment), scan.tornFromBytes).catch((error: unknown) => {
    log.warn({ err: error, segment }, 'The end of a journal segment could not be cut')
  })
}

function endOfRecords({ tornFromBytes }: SegmentScan, bytes: Buffer): number {
  return tornFromBytes ?? bytes.length
}

interface Found {
  files: readonly SegmentOnDisk[]
  sequences: SequenceSet
  recovery: Recovery
  /** The first usable segment, and what its header says of its first record. */
  oldest: { sequence: number; segment: number } | undefined
  /** Segments that were there and held nothing. */
  unused: ReadonlySet<number>
}

/** @returns how many records are gone that should be there */
function reportMissing({ cursor, log }: Deps, found: Found): number {
  const { files, recovery, oldest, unused } = found
  const aborts = recovery.gathered.aborts.map(({ value }) => value)
  const holes = holesOf(found).filter(
    (hole) => !isAborted(hole, aborts) && !isFreed(cursor, files, hole),
  )
  for (const { first, last } of holes) {
    log.error({ firstSequence: first, lastSequence: last }, 'Journal records are missing')
  }

  // Before the first record that was found no sequence tells how many there were.
  const firstFound = oldest?.segment ?? Infinity
  const lostSegments = (cursor?.segments ?? []).filter(
    (number) => number < firstFound && !unused.has(number),
  )
  for (const number of lostSegments) {
    log.error({ segment: segmentName(number) }, 'A journal segment is missing')
  }
  return holes.reduce((sum, { first, last }) => sum + last - first + 1, lostSegments.length)
}

function holesOf({ sequences, recovery, oldest }: Found): Hole[] {
  const { lowest } = sequences
  if (oldest === undefined || lowest === undefined) return []
  const start = { sequence: Math.min(oldest.sequence, lowest), segment: oldest.segment }
  const end = { sequence: recovery.nextSequence, segment: recovery.nextSegment }
  return sequences.holes(start, end)
}

function isAborted({ first, last }: Hole, aborts: readonly SequenceRange[]): boolean {
  let next = first
  for (const range of aborts.toSorted((a, b) => a.first - b.first)) {
    if (range.first <= next) next = Math.max(next, range.last + 1)
  }
  return next > last
}

/** Whether a segment was freed where the sequences are missing, so that nothing is lost. */
function isFreed(cursor: Cursor | undefined, files: readonly SegmentOnDisk[], hole: Hole): boolean {
  const from = Math.min(hole.after, hole.before)
  const until = Math.max(hole.after, hole.before)
  const isBetween = (number: number) => from < number && number < until
  if (cursor === undefined) {
    return new Set(files.map(({ place }) => place).filter(isBetween)).size < until - from - 1
  }
  const known = cursor.segments.filter(isBetween).length
  return Math.min(until, cursor.nextSegment) - from - 1 > known
}
