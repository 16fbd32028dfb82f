import { expect, test } from 'vitest'
import { Random } from '../../test/random.ts'
import { testFlag } from './flag-test.ts'
import type { FlagMinute } from './flag-test.ts'

/** An hour of 300 requests a minute, a part of which meets the variant. */
function hour(rates: { on: number; off: number }, part: number): FlagMinute[] {
  const random = new Random(11)
  return Array.from({ length: 60 }, (_, minute) => {
    const n1 = Math.round(300 * part)
    const n0 = 300 - n1
    return {
      minute,
      strata: [{ n1, x1: random.binomial(n1, rates.on), n0, x0: random.binomial(n0, rates.off) }],
    }
  })
}

test('a variant that fails five times as often is named', () => {
  const found = testFlag(hour({ on: 0.05, off: 0.01 }, 0.3))
  expect(found.verdict).toBe('worse')
  expect(found.estimate).toBeGreaterThan(0.02)
})

test('a variant that fails as often as the other, or less, is not', () => {
  expect(testFlag(hour({ on: 0.01, off: 0.01 }, 0.3)).verdict).toBe('no_difference')
  expect(testFlag(hour({ on: 0.005, off: 0.05 }, 0.5)).verdict).toBe('no_difference')
})

test('below 200 requests per arm nothing is said', () => {
  expect(testFlag(hour({ on: 0.5, off: 0.01 }, 0.01))).toMatchObject({
    verdict: 'too_few',
    logE: 0,
  })
  expect(testFlag([]).verdict).toBe('too_few')
})
