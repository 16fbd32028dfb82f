import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { wilsonInterval } from './wilson-interval.ts'

test.each([
  { failures: 81, total: 263, low: 0.2553, high: 0.3662 }, // Newcombe 1998, table I
  { failures: 15, total: 148, low: 0.0624, high: 0.1605 },
  { failures: 0, total: 20, low: 0, high: 0.1611 },
  { failures: 1, total: 29, low: 0.0061, high: 0.1718 },
])('gives the published interval for $failures of $total', ({ failures, total, low, high }) => {
  const interval = wilsonInterval({ failures, total, z: 1.96 })
  expect(interval.low).toBeCloseTo(low, 4)
  expect(interval.high).toBeCloseTo(high, 4)
})

test('contains the observed rate and stays between 0 and 1', () => {
  const proportions = fc
    .integer({ min: 1, max: 1_000_000_000 })
    .chain((total) =>
      fc.record({ total: fc.constant(total), failures: fc.integer({ min: 0, max: total }) }),
    )
  fc.assert(
    fc.property(proportions, ({ failures, total }) => {
      const { low, high } = wilsonInterval({ failures, total, z: 1.96 })
      return low >= 0 && low <= failures / total && failures / total <= high && high <= 1
    }),
  )
})

test('an empty window has no interval', () => {
  expect(() => wilsonInterval({ failures: 0, total: 0, z: 1.96 })).toThrow('total above 0')
})
