import { expect, test } from 'vitest'
import { freeBytesMark, journalBytesMark } from './limits.ts'
import { nextRoom } from './room.ts'

const GiB = 2 ** 30
const marks = { freeBytesMin: 100, journalBytesMax: 1000 }

test.each([
  { room: 'open', freeBytes: 100, journalBytes: 999, expected: 'open' },
  { room: 'open', freeBytes: 99, journalBytes: 0, expected: 'disk_full' },
  { room: 'open', freeBytes: 500, journalBytes: 1000, expected: 'journal_full' },
  { room: 'disk_full', freeBytes: 124, journalBytes: 0, expected: 'disk_full' },
  { room: 'disk_full', freeBytes: 125, journalBytes: 0, expected: 'open' },
  { room: 'journal_full', freeBytes: 500, journalBytes: 800, expected: 'journal_full' },
  { room: 'journal_full', freeBytes: 500, journalBytes: 799, expected: 'open' },
] as const)(
  'from $room with $freeBytes free and $journalBytes in the journal it is $expected',
  ({ room, freeBytes, journalBytes, expected }) => {
    expect(nextRoom(room, { freeBytes, journalBytes }, marks)).toBe(expected)
  },
)

test.each([
  { total: 10 * GiB, mark: 2 * GiB },
  { total: 100 * GiB, mark: 5 * GiB },
  { total: 1000 * GiB, mark: 10 * GiB },
])('of a disk of $total bytes $mark stay free', ({ total, mark }) => {
  expect(freeBytesMark(total)).toBe(mark)
})

test.each([
  { free: 40 * GiB, mark: 10 * GiB },
  { free: 400 * GiB, mark: 20 * GiB },
])('with $free bytes free the journal may take $mark', ({ free, mark }) => {
  expect(journalBytesMark(free)).toBe(mark)
})
