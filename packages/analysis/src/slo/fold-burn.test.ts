import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BURN_RULES, budgetLeft, excessBad, isFiring, thresholdOf } from './burn-rules.ts'
import { firingsOf, foldBurn } from './fold-burn.ts'
import type { SliMinutes } from './fold-burn.ts'

const objective = { target: 0.999, periodMinutes: 30 * 24 * 60 }

/** Minutes with a request rate and a bad share by stretch. */
function minutesOf(...stretches: { minutes: number; total: number; bad: number }[]): SliMinutes {
  const minute: number[] = []
  const total: number[] = []
  const bad: number[] = []
  let at = 0
  for (const stretch of stretches) {
    for (let k = 0; k < stretch.minutes; k += 1, at += 1) {
      if (stretch.total === 0) continue
      minute.push(at)
      total.push(stretch.total)
      bad.push(stretch.bad)
    }
  }
  return { minute, total, bad }
}

test('the thresholds over 30 days are those of the workbook', () => {
  expect(BURN_RULES.map((rule) => thresholdOf(rule, objective))).toEqual([14.4, 6, 3, 1])
})

test('a burn at its threshold in both windows pages, a hair below does not', () => {
  const rule = BURN_RULES[0]!
  const at = { bad: 144, total: 10_000 }
  const below = { bad: 143, total: 10_000 }
  expect(isFiring(rule, { long: at, short: at }, objective, false)).toBe(true)
  expect(isFiring(rule, { long: below, short: at }, objective, false)).toBe(false)
  expect(isFiring(rule, { long: at, short: below }, objective, false)).toBe(false)
})

test('an outage pages within minutes and clears once the short window is good again', () => {
  const minutes = minutesOf(
    { minutes: 600, total: 1000, bad: 0 },
    { minutes: 30, total: 1000, bad: 200 },
    { minutes: 120, total: 1000, bad: 0 },
  )
  const { events } = foldBurn({ minutes, fromMinute: 0, untilMinute: 750, objective })
  const paged = firingsOf(events).filter(({ rule }) => rule === 0)
  expect(paged).toHaveLength(1)
  // 14.4 × .001 of an hour's 60,000 requests are 864 bad ones: the fifth minute of 200.
  expect(paged[0]).toEqual({ rule: 0, fromMinute: 604, untilMinute: 634 })
})

test('a short blip that the long window does not feel pages nobody', () => {
  const minutes = minutesOf(
    { minutes: 600, total: 1000, bad: 0 },
    { minutes: 3, total: 1000, bad: 100 },
    { minutes: 60, total: 1000, bad: 0 },
  )
  expect(foldBurn({ minutes, fromMinute: 0, untilMinute: 663, objective }).events).toEqual([])
})

test('at low traffic four bad events are not enough, and neither is a share that may be chance', () => {
  const rule = BURN_RULES[0]!
  const four = { bad: 4, total: 10 }
  expect(isFiring(rule, { long: four, short: four }, objective, false)).toBe(false)
  const loose = { target: 0.9, periodMinutes: objective.periodMinutes }
  const chance = { bad: 5, total: 33 } // 15 %, and 90 % sure of 8 % only
  expect(isFiring(BURN_RULES[3]!, { long: chance, short: chance }, loose, false)).toBe(false)
})

test('without data nothing fires, and silence is no recovery', () => {
  const none = { bad: 0, total: 0 }
  const rule = BURN_RULES[0]!
  expect(isFiring(rule, { long: none, short: none }, objective, false)).toBe(false)
  const minutes = minutesOf(
    { minutes: 100, total: 1000, bad: 500 },
    { minutes: 100, total: 0, bad: 0 },
  )
  const { firing, events } = foldBurn({ minutes, fromMinute: 0, untilMinute: 130, objective })
  expect(firing[0]).toBe(true)
  const { firing: later } = foldBurn({
    minutes,
    fromMinute: 130,
    untilMinute: 161,
    objective,
    firing,
  })
  expect(later[0]).toBe(false) // an hour without any request: nothing to say
  expect(events.every(({ event }) => event === 'fired')).toBe(true)
})

test('no data leaves no budget to speak of; an overspent one is below 0', () => {
  expect(budgetLeft({ bad: 0, total: 0, target: 0.99 })).toBeNull()
  expect(budgetLeft({ bad: 2, total: 100, target: 0.99 })).toBeCloseTo(-1, 10)
})

test('a release that is better than its baseline spent nothing', () => {
  expect(excessBad({ bad: 3, total: 1000, baselineRate: 0.01 })).toBe(0)
  expect(excessBad({ bad: 30, total: 1000, baselineRate: 0.01 })).toBe(20)
})

const series = fc.array(
  fc.record({
    gap: fc.integer({ min: 1, max: 90 }),
    total: fc.integer({ min: 1, max: 5000 }),
    share: fc.double({ min: 0, max: 0.2, noNaN: true }),
  }),
  { maxLength: 120 },
)

test('events do not depend on how the minutes are cut, and firings alternate', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 0, max: 4000 }), (rows, cut) => {
      const minute: number[] = []
      for (const { gap } of rows) minute.push((minute.at(-1) ?? 0) + gap)
      const total = rows.map((row) => row.total)
      const bad = rows.map((row) => Math.floor(row.total * row.share))
      const minutes = { minute, total, bad }
      const untilMinute = Math.max(cut, (minute.at(-1) ?? 0) + 400)
      const whole = foldBurn({ minutes, fromMinute: 0, untilMinute, objective })
      const first = foldBurn({ minutes, fromMinute: 0, untilMinute: cut, objective })
      const { firing } = first
      const rest = foldBurn({ minutes, fromMinute: cut, untilMinute, objective, firing })
      expect([...first.events, ...rest.events]).toEqual(whole.events)
      expect(rest.firing).toEqual(whole.firing)
      for (const rule of BURN_RULES.keys()) {
        const own = whole.events.filter((one) => one.rule === rule).map(({ event }) => event)
        expect(own).toEqual(own.map((_, k) => (k % 2 === 0 ? 'fired' : 'cleared')))
      }
    }),
    { numRuns: 60 },
  )
})

test('one bad request more never ends a firing, one good request more never begins one', () => {
  const counts = fc.record({ bad: fc.nat(2000), good: fc.nat(50_000) })
  fc.assert(
    fc.property(counts, counts, fc.nat(3), fc.boolean(), (long, short, place, before) => {
      const rule = BURN_RULES[place]!
      const windows = (moreBad: number, moreGood: number) => ({
        long: { bad: long.bad + moreBad, total: long.bad + long.good + moreBad + moreGood },
        short: { bad: short.bad + moreBad, total: short.bad + short.good + moreBad + moreGood },
      })
      const now = isFiring(rule, windows(0, 0), objective, before)
      const worse = isFiring(rule, windows(1, 0), objective, before)
      // Silence holds a firing, so only what had requests can be held against this.
      if (short.bad + short.good > 0) {
        const better = isFiring(rule, windows(0, 1), objective, before)
        expect(Number(worse)).toBeGreaterThanOrEqual(Number(now))
        expect(Number(better)).toBeLessThanOrEqual(Number(now))
      }
    }),
  )
})
