import type { Evidence } from '@aftermath/schemas/verdict'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { forestBar, worstFirst, zoneBand, zonesToEachSide } from './forest-geometry.ts'

const evidence: Evidence = {
  signal: 'error_rate',
  scope: { operation: null, quantile: null, issue: null },
  unit: 'share',
  worse: 'higher',
  exposure: 'requests',
  candidate: { value: 0.012, n: 48_210 },
  baseline: { value: 0.003, n: 78_110 },
  estimate: 0.002,
  low: 0.001,
  high: 0.003,
  confidence: 0.95,
  minimumEffect: 0.001,
  logE: 11,
  weightedLogE: 10,
  conclusion: 'worse',
  needed: 0,
  quantileNs: null,
  counted: null,
}

test('puts what is worse to the left, in multiples of the zone', () => {
  expect(forestBar(evidence, 4)).toEqual({
    dot: 0.25, // 2 of 4 zones
    left: 0.125, // 3 of 4 zones
    right: 0.375, // 1 of 4 zones
    clippedLeft: false,
    clippedRight: false,
    outside: undefined,
  })
})

test('shades the zone around no change', () => {
  expect(zoneBand(4)).toEqual({ left: 0.375, right: 0.625 })
})

test('clips an end that lies outside and says so', () => {
  expect(forestBar({ ...evidence, high: 0.01 }, 4)).toMatchObject({ left: 0, clippedLeft: true })
})

test('tells on which side an interval lies that is outside altogether', () => {
  const far = { ...evidence, estimate: 0.02, low: 0.01, high: 0.03 }
  expect(forestBar(far, 4)).toMatchObject({ outside: 'left', dot: undefined })
})

test('draws nothing where there is no interval', () => {
  expect(forestBar({ ...evidence, low: null }, 4)).toBeUndefined()
})

test('draws a ratio on its logarithm: twice as much mirrors half as much', () => {
  const ratio = {
    ...evidence,
    unit: 'ratio' as const,
    minimumEffect: 2,
    estimate: 1,
    low: 0.5,
    high: 2,
  }
  const bar = forestBar(ratio, 4)
  expect(bar?.left).toBeCloseTo(0.375, 12)
  expect(bar?.right).toBeCloseTo(0.625, 12)
})

test('turns round what falls when it gets worse', () => {
  const crashFree = { ...evidence, worse: 'lower' as const, low: -0.003, high: -0.001 }
  expect(forestBar({ ...crashFree, estimate: -0.002 }, 4)).toEqual(forestBar(evidence, 4))
  const fewer = { ...crashFree, unit: 'ratio' as const, minimumEffect: 1.25, low: 0.5, high: 0.8 }
  const bar = forestBar({ ...fewer, estimate: 0.64 }, 4)!
  expect(bar.left).toBeLessThan(bar.right)
  expect(bar.right).toBeCloseTo(0.375, 12) // a fifth fewer is one zone
})

test('shows the estimate of the whole service unless it is very far off', () => {
  expect(zonesToEachSide([{ ...evidence, estimate: 0.006 }])).toBeCloseTo(7.5, 12)
  expect(zonesToEachSide([{ ...evidence, estimate: 0.9 }])).toBe(24)
  expect(zonesToEachSide([])).toBe(4)
})

test('sorts the worst first, and the larger effect first among equals', () => {
  const small = { ...evidence, estimate: 0.001 }
  const unknown = { ...evidence, conclusion: 'unknown' as const }
  const better = { ...evidence, conclusion: 'better' as const, estimate: -0.004 }
  expect(worstFirst([better, unknown, small, evidence])).toEqual([evidence, small, unknown, better])
})

test('keeps the interval inside the plot and its ends in order, whatever the numbers', () => {
  const effect = fc.double({ min: -1, max: 1, noNaN: true })
  fc.assert(
    fc.property(
      effect,
      effect,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (a, b, minimumEffect) => {
        const low = Math.min(a, b)
        const high = Math.max(a, b)
        const row = { ...evidence, low, high, estimate: (low + high) / 2, minimumEffect }
        const bar = forestBar(row, zonesToEachSide([row]))
        expect(bar).toBeDefined()
        if (bar === undefined) return
        expect(bar.left).toBeGreaterThanOrEqual(0)
        expect(bar.left).toBeLessThanOrEqual(bar.right)
        expect(bar.right).toBeLessThanOrEqual(1)
      },
    ),
  )
})
