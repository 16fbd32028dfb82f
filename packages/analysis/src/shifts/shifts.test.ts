import fc from 'fast-check'
import { expect, test } from 'vitest'
import { incidentsOf, isMoved, isSeasonal, shiftsOf, wentAway, withoutSeason } from './shifts.ts'
import type { Series } from './shifts.ts'

const STEP_MS = 5 * 60_000
const HOUR_MS = 3_600_000

function seriesOf(value: (number | null)[], stepMs = STEP_MS): Series {
  return { stepMs, startMs: 1_000 * stepMs, value }
}

/** Small deterministic wobble around a level. */
function level(value: number, length: number): number[] {
  return Array.from({ length }, (_, k) => value + 0.05 * Math.sin(k * 2.4))
}

test('the new level begins with its first step, in a long series too', () => {
  const series = seriesOf([...level(0, 70), ...level(1, 65), ...level(0.2, 60)])
  const shifts = shiftsOf(series)
  expect(shifts.map(({ index }) => index)).toEqual([70, 135])
  expect(shifts[0]).toMatchObject({
    atMs: 1_070 * STEP_MS,
    fromMs: 1_069 * STEP_MS,
    untilMs: 1_071 * STEP_MS,
    segment: { from: 0, until: 135 },
  })
})

test('a gap is no value, and what happened in it happened anywhere in it', () => {
  const gap = Array.from({ length: 8 }, () => null)
  const [shift] = shiftsOf(seriesOf([...level(0, 20), ...gap, ...level(1, 20)]))
  expect(shift).toMatchObject({ index: 28, fromMs: 1_019 * STEP_MS, untilMs: 1_029 * STEP_MS })
  expect(shiftsOf(seriesOf([...level(0, 20), ...gap, ...level(0, 20)]))).toEqual([])
  expect(shiftsOf(seriesOf(gap))).toEqual([])
})

test('quantised levels differ or do not; below 5 % nothing is worth a name', () => {
  const flat = (value: number, length: number) => Array.from({ length }, () => value)
  expect(shiftsOf(seriesOf([...flat(1, 12), ...flat(1.09, 12)]))).toHaveLength(1)
  expect(shiftsOf(seriesOf([...flat(1, 12), ...flat(1.04, 12)]))).toEqual([])
})

test('a change that is back by half at the end of the window went away', () => {
  const stayed = seriesOf([...level(0, 30), ...level(1, 30)])
  const back = seriesOf([...level(0, 30), ...level(1, 15), ...level(0.4, 15)])
  const young = seriesOf([...level(0, 50), ...level(1, 6)])
  expect(wentAway(stayed, shiftsOf(stayed)[0]!)).toBe(false)
  expect(wentAway(back, shiftsOf(back)[0]!)).toBe(true)
  expect(wentAway(young, shiftsOf(young)[0]!)).toBe(false)
})

test('the same step a week before is the season', () => {
  const series = seriesOf([...level(0, 30), ...level(1, 30)])
  const [shift] = shiftsOf(series)
  expect(isSeasonal(seriesOf([...level(2, 30), ...level(2.7, 30)]), shift!)).toBe(true)
  expect(isSeasonal(seriesOf([...level(2, 30), ...level(1, 30)]), shift!)).toBe(false)
  expect(isSeasonal(seriesOf(level(0, 60)), shift!)).toBe(false)
  expect(isSeasonal(seriesOf(Array.from({ length: 60 }, () => null)), shift!)).toBe(false)
})

test('what one operation gains and its siblings lose has moved', () => {
  const series = seriesOf([...level(0, 30), ...level(1, 30)])
  const [shift] = shiftsOf(series)
  const own = [...level(10, 30), ...level(30, 30)]
  expect(isMoved(own, [...level(50, 30), ...level(30, 30)], shift!)).toBe(true)
  expect(isMoved(own, level(50, 60), shift!)).toBe(false)
  expect(isMoved(own, [...level(50, 30), ...level(45, 30)], shift!)).toBe(false)
})

test('after three weeks the course of a week is no change, and a step in it still is', () => {
  const hours = 4 * 7 * 24
  const usual = Array.from({ length: hours }, (_, k) => Math.sin((k / 24) * 2 * Math.PI))
  const wobble = (k: number) => 0.02 * Math.sin(k * 2.4)
  const series = seriesOf(
    usual.map((value, k) => value + wobble(k) + (k >= hours - 30 ? 0.5 : 0)),
    HOUR_MS,
  )
  const shifts = shiftsOf(withoutSeason(series))
  expect(shifts.map(({ index }) => index)).toEqual([hours - 30])
  expect(shiftsOf(withoutSeason(seriesOf(usual, HOUR_MS)))).toEqual([])
  const short = seriesOf(usual.slice(0, 48), HOUR_MS)
  expect(withoutSeason(short)).toBe(short)
})

test('shifts a step apart are one incident, others are not', () => {
  const at = (step: number, stepMs = STEP_MS) => ({ atMs: step * STEP_MS, stepMs })
  expect(incidentsOf([at(12), at(10), at(11), at(14)])).toEqual([
    [at(10), at(11), at(12)],
    [at(14)],
  ])
  expect(incidentsOf([at(12), at(20, HOUR_MS)])).toHaveLength(1)
})

test('a rescaled or shifted series has the same shifts, and any series an answer', () => {
  const value = fc.option(fc.double({ min: -20, max: 20, noNaN: true }), { nil: null })
  fc.assert(
    fc.property(fc.array(value, { maxLength: 130 }), (values) => {
      const shifts = shiftsOf(seriesOf(values))
      const moved = shiftsOf(seriesOf(values.map((one) => (one === null ? null : one + 3))))
      expect(moved.map(({ index }) => index)).toEqual(shifts.map(({ index }) => index))
      for (const { index, segment, fromMs, atMs, untilMs } of shifts) {
        expect(segment.from).toBeLessThan(index)
        expect(index).toBeLessThan(segment.until)
        expect(fromMs).toBeLessThan(atMs)
        expect(atMs).toBeLessThan(untilMs)
        expect(values[index]).not.toBeNull()
      }
    }),
    { numRuns: 60 },
  )
})
