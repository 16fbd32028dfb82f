import { expect, test } from 'vitest'
import { latencyShape } from './latency-shape.ts'

const counts = (bucketFrom: number, each: number) =>
  Array.from({ length: 20 }, (_, k) => ({ bucket: bucketFrom + k, count: each }))

test('two arms stand over the buckets of both, and rise to 1', () => {
  const shape = latencyShape([counts(100, 5), counts(110, 5)], 1, 0.05)
  expect(shape.durationsNs).toHaveLength(30)
  expect(shape.arms[0]!.cumulative[0]).toBeCloseTo(0.05, 10)
  expect(shape.arms[1]!.cumulative[0]).toBe(0)
  for (const { cumulative } of shape.arms) expect(cumulative.at(-1)).toBe(1)
})

test('a shift of half the spread is a difference with many requests, and none with few', () => {
  expect(latencyShape([counts(100, 500), counts(110, 500)], 3, 0.05).differs).toBe(true)
  expect(latencyShape([counts(100, 1), counts(110, 1)], 3, 0.05).differs).toBe(false)
  expect(latencyShape([counts(100, 500), counts(100, 400)], 3, 0.05).differs).toBe(false)
})
