import { expect, test } from 'vitest'
import { fixedCost, slopeOf } from './slope.ts'

const sizes = [1, 10, 100, 1000]

test.each([0, 0.1, 1, -0.5])('a cost that grows with the power %d has that slope', (power) => {
  const points = sizes.map((size) => ({ size, cost: 7 * size ** power }))
  expect(slopeOf(points)).toBeCloseTo(power, 12)
})

test('of two points it is the ratio of the logarithms', () => {
  const points = [
    { size: 10, cost: 20 },
    { size: 1000, cost: 30 },
  ]
  expect(slopeOf(points)).toBeCloseTo(Math.log(1.5) / Math.log(100), 12)
})

test.each([
  { fixed: 60, each: 3 },
  { fixed: 0, each: 5 },
])('a cost of $fixed and $each a part has that fixed part', ({ fixed, each }) => {
  const points = sizes.map((size) => ({ size, cost: fixed + each * size }))
  expect(fixedCost(points)).toBeCloseTo(fixed, 6)
})
