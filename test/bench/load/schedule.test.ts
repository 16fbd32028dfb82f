import { expect, test } from 'vitest'
import { openLoopSchedule } from './schedule.ts'

test('requests of one size are due at equal distances', () => {
  expect([...openLoopSchedule(() => 100, 20_000, 0.025)]).toEqual([0, 5, 10, 15, 20])
})

test('after a large request comes a long pause', () => {
  const items = [10, 100, 10]
  expect([...openLoopSchedule((nth) => items[nth % 3]!, 1000, 0.2)]).toEqual([0, 10, 110, 120, 130])
})

test.each([50, 333, 20_000])('at %d items a second as many items fall due', (perSecond) => {
  const dues = [...openLoopSchedule((nth) => 1 + (nth % 3), perSecond, 12)]
  const items = dues.reduce((sum, _due, nth) => sum + 1 + (nth % 3), 0)
  expect(Math.abs(items - perSecond * 12)).toBeLessThanOrEqual(3)
})
