import { expect, test } from 'vitest'
import { median, quantile } from './quantile.ts'

test.each([
  { values: [3], share: 0.5, is: 3 },
  { values: [15, 20, 35, 40, 50], share: 0.3, is: 20 },
  { values: [50, 20, 40, 35, 15], share: 0.4, is: 20 },
  { values: [15, 20, 35, 40, 50], share: 0.5, is: 35 },
  { values: [15, 20, 35, 40, 50], share: 1, is: 50 },
])('the $share quantile of $values is $is', ({ values, share, is }) => {
  expect(quantile(values, share)).toBe(is)
})

test('of twenty values the 99th percentile is the largest', () => {
  expect(
    quantile(
      Array.from({ length: 20 }, (_, index) => index),
      0.99,
    ),
  ).toBe(19)
})

test.each([
  { values: [7], is: 7 },
  { values: [9, 1, 5], is: 5 },
  { values: [4, 1, 3, 2], is: 2.5 },
])('the median of $values is $is', ({ values, is }) => {
  expect(median(values)).toBe(is)
})
