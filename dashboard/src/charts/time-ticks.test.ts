import { expect, test } from 'vitest'
import { timeTicks } from './time-ticks.ts'

const at = (text: string) => Date.parse(text)

test('puts the ticks of a day on round hours', () => {
  const ticks = timeTicks(at('2026-03-03T16:17:00Z'), at('2026-03-04T16:17:00Z'), 'UTC')
  expect(ticks.map((tick) => new Date(tick).toISOString().slice(11, 16))).toEqual([
    '18:00',
    '21:00',
    '00:00',
    '03:00',
    '06:00',
    '09:00',
    '12:00',
    '15:00',
  ])
})

test('rounds by the clock of the zone, also where it is half an hour off', () => {
  const [first] = timeTicks(at('2026-03-04T00:00:00Z'), at('2026-03-04T08:00:00Z'), 'Asia/Kolkata')
  expect(new Date(first ?? 0).toISOString()).toBe('2026-03-04T00:30:00.000Z') // 06:00 there
})

test('has one tick where the range has no length', () => {
  expect(timeTicks(5, 5, 'UTC')).toEqual([5])
})
