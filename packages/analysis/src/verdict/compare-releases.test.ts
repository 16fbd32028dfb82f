import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { simulatedInput, UNCHANGED } from '../../test/simulation.ts'
import { compareReleases } from './compare-releases.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'
import { defaultPolicy as policy } from '../policy/policy.ts'

const swapped = (columns: MinuteColumns): MinuteColumns => ({
  ...columns,
  arm: columns.arm.map((arm) => 1 - arm),
})

function drawn({ seed, errorRate }: { seed: number; errorRate: number }): MinuteColumns {
  const arm = (rate: number) => ({ requests: 300, errorRate: rate, slow: UNCHANGED })
  return simulatedInput({
    seed,
    kind: 'concurrent',
    operations: ['GET /cart', 'POST /pay'],
    minutesBefore: 60,
    minutesAfter: 60,
    baseline: () => arm(0.01),
    candidate: () => arm(errorRate),
  }).columns
}

test('swapping the sides mirrors every estimate, interval and conclusion', () => {
  const mirrored = { worse: 'better', better: 'worse', no_change: 'no_change', unknown: 'unknown' }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 0.2 }), (seed, p) => {
      const columns = drawn({ seed, errorRate: Number.isNaN(p) ? 0 : p })
      const there = compareReleases({ columns, policy })
      const back = compareReleases({ columns: swapped(columns), policy })
      expect(back).toHaveLength(there.length)
      for (const row of there) {
        const other = back.find(
          ({ signal, scope }) => JSON.stringify([signal, scope]) === keyOf(row),
        )!
        expect(other.low).toBeCloseTo(-row.high!, 10)
        expect(other.high).toBeCloseTo(-row.low!, 10)
        expect(other.candidate).toEqual(row.baseline)
        expect(other.conclusion).toBe(mirrored[row.conclusion])
      }
    }),
    { numRuns: 20 },
  )
})
const keyOf = ({ signal, scope }: { signal: string; scope: object }) =>
  JSON.stringify([signal, scope])

test('a rate five times as high is worse, for the service and for each operation', () => {
  const rows = compareReleases({ columns: drawn({ seed: 3, errorRate: 0.05 }), policy })
  const errors = rows.filter(({ signal }) => signal === 'error_rate')
  expect(errors.map(({ scope }) => scope.operation)).toEqual(
    expect.arrayContaining([null, 'GET /cart', 'POST /pay']),
  )
  for (const { conclusion, low, high } of errors) {
    expect(conclusion).toBe('worse')
    expect(low).toBeLessThan(0.04)
    expect(high).toBeGreaterThan(0.04)
  }
})

test('releases that never met compare nothing', () => {
  const columns = drawn({ seed: 3, errorRate: 0.05 })
  const lone = { ...columns, arm: columns.arm.map(() => 1) }
  for (const row of compareReleases({ columns: lone, policy })) {
    expect(row).toMatchObject({ estimate: null, low: null, conclusion: 'unknown' })
  }
  const none = Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.slice(0, 0)]),
  )
  expect(compareReleases({ columns: none as unknown as MinuteColumns, policy })).toEqual([]) // the same columns, empty
})
