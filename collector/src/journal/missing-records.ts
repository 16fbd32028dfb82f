import type { Cursor } from './cursor.ts'
import type { SegmentOnDisk } from './list-segments.ts'
import type { SequenceRange } from './notes.ts'
import type { Hole, SequenceSet } from './sequence-set.ts'

interface Found {
  cursor: Cursor | undefined
  files: readonly SegmentOnDisk[]
  /** Places of files that were there and held nothing. */
  empty: ReadonlySet<number>
  sequences: SequenceSet
  aborts: readonly SequenceRange[]
  /** The first usable segment, and what its header says of its first record. */
  oldest: { sequence: number; segment: number } | undefined
  /** What would be written next. */
  next: { sequence: number; segment: number }
}

/** What was written, neither refused nor freed, and is not there. */
export function findMissing(found: Found): { records: SequenceRange[]; segments: number[] } {
  const { cursor, empty, oldest, aborts } = found
  const holes = holesIn(found).filter((hole) => !isAborted(hole, aborts) && !isFreed(hole, found))
  // Before the first record that was found no sequence tells how many there were.
  const firstFound = oldest?.segment ?? Infinity
  const segments = (cursor?.segments ?? []).filter(
    (number) => number < firstFound && !empty.has(number),
  )
  return { records: holes.map(({ first, last }) => ({ first, last })), segments }
}

function holesIn({ sequences, oldest, next }: Found): Hole[] {
  const { lowest } = sequences
  if (oldest === undefined || lowest === undefined) return []
  const start = { sequence: Math.min(oldest.sequence, lowest), segment: oldest.segment }
  return sequences.holes(start, next)
}

function isAborted({ first, last }: Hole, aborts: readonly SequenceRange[]): boolean {
  let next = first
  for (const range of aborts.toSorted((a, b) => a.first - b.first)) {
    if (range.first <= next) next = Math.max(next, range.last + 1)
  }
  return next > last
}

/** Whether a segment was freed where the sequences are missing, so that nothing is lost. */
function isFreed(hole: Hole, { cursor, files }: Found): boolean {
  const from = Math.min(hole.after, hole.before)
  const until = Math.max(hole.after, hole.before)
  const isBetween = (number: number) => from < number && number < until
  if (cursor === undefined) {
    // Nothing tells a freed segment from a lost one.
    return new Set(files.map(({ place }) => place).filter(isBetween)).size < until - from - 1
  }
  const known = cursor.segments.filter(isBetween).length
  return Math.min(until, cursor.nextSegment) - from - 1 > known
}
