import { freeBytesMark, journalBytesMark, type JournalLimits } from './limits.ts'

export type Room = 'open' | 'disk_full' | 'journal_full'

export interface Space {
  freeBytes: number
  totalBytes: number
}

export interface Marks {
  freeBytesMin: number
  journalBytesMax: number
}

/** What was closed opens only well past the mark, so that it does not flutter. */
const resumeFactor = 1.25

export function chooseMarks(limits: JournalLimits, space: Space): Marks {
  return {
    freeBytesMin: limits.freeBytesMin ?? freeBytesMark(space.totalBytes),
    journalBytesMax: limits.journalBytesMax ?? journalBytesMark(space.freeBytes),
  }
}

export function nextRoom(
  room: Room,
  { freeBytes, journalBytes }: { freeBytes: number; journalBytes: number },
  marks: Marks,
): Room {
  const freeBytesMin = marks.freeBytesMin * (room === 'disk_full' ? resumeFactor : 1)
  const journalBytesMax = marks.journalBytesMax / (room === 'journal_full' ? resumeFactor : 1)
  if (freeBytes < freeBytesMin) return 'disk_full'
  if (journalBytes >= journalBytesMax) return 'journal_full'
  return 'open'
}
