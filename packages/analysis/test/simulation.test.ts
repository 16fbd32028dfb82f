import { describe, expect, test } from 'vitest'
import { scenarios } from './scenarios.ts'
import { firstMinuteOf, simulate } from './simulation.ts'

const byName = new Map(scenarios({ days: 0.5 }).map(({ name, scenario }) => [name, scenario]))

function runs(name: string, count: number) {
  const scenario = byName.get(name)!
  return Array.from({ length: count }, (_, run) => simulate(scenario(1000 + run)))
}

/** Minute by which half of the runs got there; endless where fewer did. */
function median(minutes: (number | undefined)[]): number {
  const sorted = minutes.map((minute) => minute ?? Infinity).toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length / 2) - 1]!
}

// `simulate.ts` runs the same over two weeks and hundreds of seeds.
describe('a healthy release, looked at every minute of half a day', () => {
  test.each([
    { name: 'healthy, 8 requests/s, 100 minutes before, replaced', count: 20 },
    { name: 'healthy, 8 requests/s, 100 minutes before, 50:50', count: 20 },
    { name: 'healthy, 50:50', count: 10 },
    { name: 'healthy, clustered errors (φ 5)', count: 8 },
    { name: 'healthy, season and shared outages', count: 6 },
    { name: 'healthy, 10 % canary', count: 10 },
    { name: 'healthy, 3 requests a minute, 1 %', count: 20 },
    { name: 'healthy, mix shift between operations of .1 % and 5 %', count: 5 },
  ])('is never judged harmful: $name', ({ name, count }) => {
    const folds = runs(name, count)
    const harmful = folds.filter(
      (fold) => firstMinuteOf(fold, ['patch', 'roll_back']) !== undefined,
    )
    expect(harmful).toHaveLength(0)
    const watched = folds.filter(
      (fold) => firstMinuteOf(fold, ['watch'], 'suspicious') !== undefined,
    )
    // 2 % and three standard errors.
    const share = 0.02 + 3 * Math.sqrt((0.02 * 0.98) / count)
    expect(watched.length).toBeLessThanOrEqual(share * count)
    expect(Math.max(...folds.map(({ changes }) => changes.length))).toBeLessThanOrEqual(4)
  })
})

describe('a healthy release ships', () => {
  test.each([
    { name: 'healthy, 50:50', count: 12, minutes: 69 },
    { name: 'healthy, no errors at all', count: 4, minutes: 60 },
    { name: 'healthy, 10 % canary', count: 9, minutes: 200 },
    { name: 'healthy, clustered errors (φ 5)', count: 9, minutes: 275 },
  ])('after about $minutes minutes at most: $name', ({ name, count, minutes }) => {
    const shipped = runs(name, count).map((fold) => firstMinuteOf(fold, ['ship']))
    // Medians of so few runs scatter by a third.
    expect(median(shipped)).toBeLessThanOrEqual(minutes * 1.33)
  })
})

test('a release worse by the minimum effect does not ship', () => {
  const folds = runs('wrong ship: effect of one minimum', 8)
  const shipped = folds.filter((fold) => firstMinuteOf(fold, ['ship']) !== undefined)
  // 5 % and three standard errors.
  expect(shipped.length).toBeLessThanOrEqual(8 * (0.05 + 3 * Math.sqrt((0.05 * 0.95) / 8)))
})

describe('a fault is judged harmful in time', () => {
  test.each([
    { name: 'errors .5 → 1.0 %, 50:50', minutes: 26 },
    { name: 'errors .5 → 1.0 %, 10 % canary', minutes: 45 },
    { name: 'errors .5 → 5 %, 5 % canary', minutes: 11 },
    { name: 'p95 +20 %', minutes: 11 },
    { name: 'p95 +30 %', minutes: 10 },
    { name: 'all fails from the start', minutes: 10 },
    { name: 'all fails from the start, 3 requests a minute per arm', minutes: 19 },
    { name: 'errors ×2 from hour 27', minutes: 27 * 60 + 100 },
    { name: 'all fails from hour 27', minutes: 27 * 60 + 4 },
    { name: 'replacement, errors ×2', minutes: 45 },
    { name: 'replacement, errors ×4', minutes: 12 },
  ])('within $minutes minutes: $name', ({ name, minutes }) => {
    const found = runs(name, 5).map((fold) => firstMinuteOf(fold, ['patch', 'roll_back']))
    expect(median(found)).toBeLessThanOrEqual(minutes)
  })

  test('40 minutes at 3 % instead of 0.5 % end in roll back', () => {
    const folds = runs('alarm, 8 requests/s, .5 → 3 % for 40 minutes, replaced', 100)
    const rolledBack = folds.filter(({ held }) => held.decision.state === 'roll_back')
    expect(rolledBack.length).toBeGreaterThanOrEqual(99)
  })

  test('a slowdown of a fifth is patched, not rolled back', () => {
    const folds = runs('p95 +20 %', 10)
    expect(folds.every((fold) => firstMinuteOf(fold, ['roll_back']) === undefined)).toBe(true)
  })
})
