import { expect, test } from 'vitest'
import { MINUTE_MS } from '../counts/minute-columns.ts'
import { placeboLogRatios } from './placebo-pairs.ts'
import { defaultPolicy } from '../policy/policy.ts'
import { timeShiftAllowance } from '../methods/time-shift-allowance.ts'

const DAY = 1440
const UNTIL = 29_400_437

/** Failures of each day before the first request, the last day first; 1,440 requests a day each ten. */
function ratios(
  failuresOfDays: number[],
  {
    weekly = false,
    deployedBefore = [] as number[],
    servedMinutes = DAY,
  }: { weekly?: boolean; deployedBefore?: number[]; servedMinutes?: number } = {},
) {
  const rows = failuresOfDays.flatMap((failures, back) =>
    Array.from({ length: servedMinutes }, (_, k) => ({
      minute: UNTIL - (back + 1) * DAY + k,
      failures: failures / servedMinutes,
    })),
  )
  const pair = { fromMinute: UNTIL, untilMinute: UNTIL + 10, minutesBack: 7 * DAY }
  return placeboLogRatios({
    totals: {
      versions: ['1.0.0'],
      minute: Int32Array.from(rows, ({ minute }) => minute),
      version: new Uint16Array(rows.length),
      requests: new Float64Array(rows.length).fill(10),
      failures: Float64Array.from(rows, ({ failures }) => failures),
    },
    releases: [
      {
        firstDeployedAtMs: UNTIL * MINUTE_MS,
        deployedAtMs: deployedBefore.map((minutes) => (UNTIL - minutes) * MINUTE_MS),
      },
    ],
    baseline: {
      comparison: { fromMinute: UNTIL, untilMinute: UNTIL + 10 },
      pairs: weekly ? [pair] : [],
    },
    policy: defaultPolicy,
  })
}

test('consecutive days are pairs, the newer over the older', () => {
  const [first, second, ...more] = ratios([100, 200, 100])
  expect(more).toEqual([])
  expect(first).toBeCloseTo(Math.log(100.5 / 200.5), 9)
  expect(second).toBeCloseTo(Math.log(200.5 / 100.5), 9)
})

test('days a week apart are, where the release is compared with an earlier week', () => {
  const days = Array.from({ length: 10 }, (_, back) => (back < 7 ? 100 : 200))
  const weekly = ratios(days, { weekly: true })
  expect(weekly).toHaveLength(3)
  expect(weekly[0]).toBeCloseTo(Math.log(100.5 / 200.5), 9)
})

test('a deployment between them makes them none', () => {
  const days = [100, 100, 100, 100, 100]
  expect(ratios(days)).toHaveLength(4)
  expect(ratios(days, { deployedBefore: [2 * DAY + 60] })).toHaveLength(2)
  // At the seam of two days: the pairs on either side of it stay.
  expect(ratios(days, { deployedBefore: [2 * DAY] })).toHaveLength(3)
})

test('a day hardly served is none, nor one before the last four weeks', () => {
  expect(ratios([100, 100, 100], { servedMinutes: DAY / 2 - 1 })).toEqual([])
  expect(ratios(Array.from({ length: 40 }, () => 100))).toHaveLength(27)
})

test('days without a failure are alike', () => {
  expect(ratios([0, 0, 0])).toEqual([0, 0])
})

test('days that differ by a tenth allow about a third more', () => {
  const days = Array.from({ length: 12 }, (_, back) => 1000 * (back % 2 === 0 ? 1.05 : 0.95))
  expect(timeShiftAllowance(ratios(days))).toBeCloseTo(0.35, 2)
})
