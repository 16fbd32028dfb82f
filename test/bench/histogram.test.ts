import { expect, test } from 'vitest'
import { histogramOf } from './histogram.ts'

test('a value counts under the first bound that is not below it', () => {
  expect(histogramOf([0.2, 1, 1.1, 4, 5, 5.01, 60_000])).toEqual({
    1: 2,
    2: 1,
    5: 2,
    10: 1,
    more: 1,
  })
})
