import { expect, test } from 'vitest'
import { planRestart } from './restart-plan.ts'

test.each([
  { deaths: [0], delayMs: 500 },
  { deaths: [0, 60_000], delayMs: 1_000 },
  { deaths: [0, 60_000, 100_000], delayMs: 2_000 },
  { deaths: [0, 100_000, 200_000, 300_000], delayMs: 4_000 },
  { deaths: [0, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000], delayMs: 30_000 },
])('waits $delayMs ms after $deaths.length deaths', ({ deaths, delayMs }) => {
  expect(planRestart(deaths, false)).toEqual({ down: false, delayMs })
})

test('is down after five deaths within two minutes, and tries each 30 s', () => {
  expect(planRestart([0, 1_000, 3_000, 7_000, 120_000], false)).toEqual({
    down: true,
    delayMs: 30_000,
  })
})

test('stays down until it has answered', () => {
  expect(planRestart([0, 1_000, 3_000, 7_000, 15_000, 200_000], true).down).toBe(true)
})
