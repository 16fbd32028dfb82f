import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'

function ledgerOf(segments: number[]): Ledger {
  const ledger = new Ledger()
  for (const number of segments) ledger.addSegment(number, 100, true)
  return ledger
}

test('a segment is free when the last batch that needs it is over, whatever its age', () => {
  const ledger = ledgerOf([1, 2, 3])
  ledger.hold(1, 11n) // stuck
  ledger.hold(2, 12n)
  ledger.hold(2, 13n)
  ledger.hold(3, 13n)
  ledger.letGo(12n, undefined)
  expect(ledger.freeable()).toEqual([])
  ledger.letGo(13n, undefined)
  expect(ledger.freeable()).toEqual([2, 3])
})

test('the active segment is never free', () => {
  const ledger = new Ledger()
  ledger.addSegment(1, 64, false)
  expect(ledger.freeable()).toEqual([])
  ledger.closeSegment(1)
  expect(ledger.freeable()).toEqual([1])
})

test('a DONE is written again while a segment it speaks of stays', () => {
  const ledger = ledgerOf([1, 2, 3])
  ledger.hold(1, 10n) // stuck
  ledger.hold(1, 11n)
  ledger.letGo(11n, 2)
  expect(ledger.notesToKeep([2])).toEqual({ done: [11n], aborts: [] })

  ledger.rewritten({ done: [11n], aborts: [] }, 3)
  ledger.remove(2)
  expect(ledger.notesToKeep([3])).toEqual({ done: [11n], aborts: [] })
  expect(ledger.notesToKeep([1, 3])).toEqual({ done: [], aborts: [] })
})

test('an ABORT is written again while the segment with the sequences stays', () => {
  const ledger = ledgerOf([1, 2])
  const range = { first: 5, last: 7 }
  ledger.keepAbort(range, [1], 2)
  expect(ledger.notesToKeep([2]).aborts).toEqual([range])
  ledger.remove(1)
  expect(ledger.notesToKeep([2]).aborts).toEqual([])
})

test('bytes are those of the segments that are there', () => {
  const ledger = ledgerOf([1, 2])
  ledger.grow(2, 50)
  expect(ledger.bytes).toBe(250)
  ledger.remove(1)
  expect(ledger.bytes).toBe(150)
})

test('a DONE that was never written is, before part of its batch goes and part stays', () => {
  const ledger = ledgerOf([1, 2])
  ledger.hold(1, 11n)
  ledger.hold(2, 10n) // stuck
  ledger.hold(2, 11n)
  ledger.letGo(11n, undefined)
  expect(ledger.freeable()).toEqual([1])
  expect(ledger.notesToKeep([1])).toEqual({ done: [11n], aborts: [] })
  expect(ledger.notesToKeep([])).toEqual({ done: [], aborts: [] })
  expect(ledger.notesToKeep([1, 2])).toEqual({ done: [], aborts: [] })
})
