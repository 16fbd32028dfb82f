import { expect, test } from 'vitest'
import { isShed, nextShedLevel, SHED_ORDER, shedMarks } from './shed-level.ts'

function levelsOver(delaysMs: readonly number[], busy = 1): number[] {
  let level = 0
  return delaysMs.map((delayMs) => (level = nextShedLevel(level, { delayMs, busy }, shedMarks)))
}

test('each second of delay gives up one thing more, each quiet one takes one back', () => {
  const slow = Array.from({ length: 8 }, () => 101)
  const quick = Array.from({ length: 7 }, () => 10)
  expect(levelsOver([...slow, ...quick])).toEqual([1, 2, 3, 4, 5, 6, 6, 6, 5, 4, 3, 2, 1, 0, 0])
})

test('between the marks it stays as it is', () => {
  expect(levelsOver([101, 101, 100, 75, 50])).toEqual([1, 2, 2, 2, 2])
})

test('delay of a loop that hardly ran is the machine’s: nothing is given up', () => {
  expect(levelsOver([500, 500, 500, 500], 0.4)).toEqual([0, 0, 0, 0])
})

test.each([
  [0, []],
  [1, ['jobs']],
  [4, ['jobs', 'sql', 'live', 'metrics']],
  [6, ['jobs', 'sql', 'live', 'metrics', 'logs', 'traces']],
])('level %i gives up %o', (level, expected) => {
  expect(SHED_ORDER.filter((what) => isShed(what, level))).toEqual(expected)
})
