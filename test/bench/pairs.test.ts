import { expect, test } from 'vitest'
import { controlGoesFirst, summarisePairs } from './pairs.ts'

test('the median is that of the ratios, not a ratio of medians', () => {
  const pairs = [
    { product: 90, control: 100 },
    { product: 40, control: 50 },
    { product: 30, control: 60 },
  ]
  expect(summarisePairs(pairs)).toMatchObject({ ratios: [0.9, 0.8, 0.5], median: 0.8 })
})

test.each([
  { controls: [100, 107, 115], conclusive: true },
  { controls: [100, 100, 116], conclusive: false },
])('controls of $controls are conclusive: $conclusive', ({ controls, conclusive }) => {
  const pairs = controls.map((control) => ({ product: control * 0.8, control }))
  expect(summarisePairs(pairs).conclusive).toBe(conclusive)
})

test('the sides take turns in going first', () => {
  expect([0, 1, 2, 3].map(controlGoesFirst)).toEqual([false, true, false, true])
})
