import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeptStrata } from './kept-strata.ts'
import { rateRatioLogE } from '../methods/stratified-difference.ts'

const stratum = fc.record({
  n1: fc.integer({ min: 1, max: 300 }),
  x1: fc.nat(40),
  n0: fc.integer({ min: 1, max: 300 }),
  x0: fc.nat(40),
})
const minutes = fc.array(fc.array(stratum, { minLength: 1, maxLength: 2 }), {
  minLength: 2,
  maxLength: 60,
})
const life = { fromMinute: 0, untilMinute: Number.POSITIVE_INFINITY }

test('an interval excludes a ratio exactly when engine B rejects it at half the level', () => {
  fc.assert(
    fc.property(minutes, fc.constantFrom(0.5, 1, 2), (strata, ratio) => {
      const kept = new KeptStrata(1.5, [ratio])
      for (const [minute, each] of strata.entries()) {
        for (const { n1, x1, n0, x0 } of each) kept.add(minute, n1, x1, n0, x0)
      }
      const logE = rateRatioLogE({ minutes: strata, phi: 1.5, theta0: ratio })
      const rejected = logE >= Math.log(2 / 0.05)
      expect(kept.isAbove(ratio, 0.05)).toBe(rejected)
      const { low, high } = kept.interval(0.05, life)
      // The search ends within a millionth of the boundary.
      expect(low >= ratio * (1 - 1e-5) || !rejected).toBe(true)
      expect(low <= ratio * (1 + 1e-5) || rejected).toBe(true)
      expect(high === null || high >= low).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('nothing seen leaves every ratio possible', () => {
  const kept = new KeptStrata(1, [])
  kept.add(0, 100, 0, 100, 0)
  expect(kept.interval(0.05, life)).toEqual({ low: 0, high: null })
  expect(kept.ratio(life)).toBe(1)
})

test('an hour without an event is quiet where three were due', () => {
  const kept = new KeptStrata(1, [])
  for (let minute = 0; minute < 60; minute += 10) kept.add(minute, 100, 1, 100, 0)
  expect(kept.isQuiet({ fromMinute: 60, untilMinute: 120 }, 2, 0.05)).toBe(true)
  expect(kept.isQuiet({ fromMinute: 20, untilMinute: 80 }, 2, 0.05)).toBe(false)
})
