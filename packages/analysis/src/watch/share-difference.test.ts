import { expect, test } from 'vitest'
import { shareDifference } from './share-difference.ts'

const z = 1.959964

// Newcombe 1998, table II, method 10.
test.each([
  { one: [56, 70], zero: [48, 80], low: 0.0524, high: 0.3339 },
  { one: [9, 10], zero: [3, 10], low: 0.1705, high: 0.809 },
  { one: [6, 7], zero: [2, 7], low: 0.0582, high: 0.8062 },
  { one: [5, 56], zero: [0, 29], low: -0.0381, high: 0.1926 },
  { one: [0, 10], zero: [0, 10], low: -0.2775, high: 0.2775 },
])('gives the published interval of $one against $zero', ({ one, zero, low, high }) => {
  const difference = shareDifference(
    { failures: one[0]!, total: one[1]! },
    { failures: zero[0]!, total: zero[1]! },
    z,
  )
  expect(difference.low).toBeCloseTo(low, 4)
  expect(difference.high).toBeCloseTo(high, 4)
})
