import { expect, test } from 'vitest'
import { ZERO_BUCKET } from './latency-thresholds.ts'
import { differenceOf, quantileInterval } from './quantile-interval.ts'

/** 1,000 requests, ten in each of a hundred buckets. */
const even = Array.from({ length: 100 }, (_, bucket) => ({ bucket, count: 10 }))

test('the median of even buckets is the middle one, and its ranks those a share of a half may have', () => {
  const median = quantileInterval({ rows: even, q: 0.5, phi: 1 })!
  expect(median.value).toBeCloseTo(2 ** (50 / 8), 8)
  // Of one look it would be 0.4691 to 0.5309 (Wilson); for all of them 0.4454 to 0.5546.
  expect(median.low).toBeCloseTo(2 ** (44.537 / 8), 1)
  expect(median.high).toBeCloseTo(2 ** (55.463 / 8), 1)
})

test('requests in clusters tell less: the interval widens', () => {
  const alone = quantileInterval({ rows: even, q: 0.95, phi: 1 })!
  const clustered = quantileInterval({ rows: even, q: 0.95, phi: 3 })!
  expect(clustered.value).toBe(alone.value)
  expect(clustered.low).toBeLessThan(alone.low)
  expect(clustered.high).toBeGreaterThan(alone.high)
})

test('nothing has no quantile, and what took no time is 0', () => {
  expect(quantileInterval({ rows: [], q: 0.5, phi: 1 })).toBeNull()
  const none = quantileInterval({ rows: [{ bucket: ZERO_BUCKET, count: 9 }], q: 0.5, phi: 1 })
  expect(none).toEqual({ value: 0, low: 0, high: 0 })
})

test('a difference is at least as uncertain as either value', () => {
  const one = { value: 300, low: 280, high: 330 }
  const other = { value: 200, low: 190, high: 240 }
  const { estimate, low, high } = differenceOf(one, other)
  expect(estimate).toBe(100)
  expect(low).toBeCloseTo(100 - Math.hypot(20, 40), 10)
  expect(high).toBeCloseTo(100 + Math.hypot(30, 10), 10)
})
