import { describe, expect, test } from 'vitest'
import { Random } from './random.ts'

/** Pearson's statistic of draws against a probability mass function, cells of at least 20 expected. */
function chiSquare(draw: () => number, mass: (k: number) => number, draws: number) {
  const counts = new Map<number, number>()
  for (let at = 0; at < draws; at += 1) {
    const value = draw()
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  let statistic = 0
  let cells = 0
  let observed = 0
  let expected = 0
  let left = draws
  for (let k = 0; left > 1e-9 * draws && k < 20_000; k += 1) {
    observed += counts.get(k) ?? 0
    expected += draws * mass(k)
    left -= draws * mass(k)
    if (expected < 20) continue
    statistic += (observed - expected) ** 2 / expected
    cells += 1
    observed = expected = 0
  }
  return { statistic, freedom: cells - 1 }
}

/** Up to 6 standard deviations above its mean. */
function expectFit({ statistic, freedom }: { statistic: number; freedom: number }) {
  expect(freedom).toBeGreaterThan(3)
  expect(statistic).toBeLessThan(freedom + 6 * Math.sqrt(2 * freedom))
}

const DRAWS = 60_000

describe('draws follow their distribution', () => {
  test.each([0.5, 7, 10, 30, 900])('poisson of mean %d', (mean) => {
    const random = new Random(7)
    let log = -mean
    const masses = Array.from({ length: 2000 }, (_, k) => {
      if (k > 0) log += Math.log(mean) - Math.log(k)
      return Math.exp(log)
    })
    expectFit(
      chiSquare(
        () => random.poisson(mean),
        (k) => masses[k] ?? 0,
        DRAWS,
      ),
    )
  })

  test.each([
    [5, 0.4],
    [1500, 0.005],
    [1500, 0.05],
    [30, 0.34],
    [1500, 0.5],
    [40, 0.8],
  ])('binomial of %d at %d', (n, p) => {
    const random = new Random(8)
    let log = n * Math.log1p(-p)
    const masses = Array.from({ length: n + 1 }, (_, k) => {
      if (k > 0) log += Math.log(p / (1 - p)) + Math.log((n - k + 1) / k)
      return Math.exp(log)
    })
    expectFit(
      chiSquare(
        () => random.binomial(n, p),
        (k) => masses[k] ?? 0,
        DRAWS,
      ),
    )
  })

  test('geometric of mean 3', () => {
    const random = new Random(9)
    expectFit(
      chiSquare(
        () => random.geometric(3),
        (k) => (k < 1 ? 0 : (1 / 3) * (2 / 3) ** (k - 1)),
        DRAWS,
      ),
    )
  })

  test('gamma has its mean and variance', () => {
    const random = new Random(10)
    const values = Array.from({ length: DRAWS }, () => random.gamma(0.5))
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS
    expect(mean).toBeCloseTo(1, 1)
    expect(Math.abs(variance - 0.5)).toBeLessThan(0.03)
  })
})

test('the same seed draws the same numbers, on any machine', () => {
  const random = new Random(1)
  const first = Array.from({ length: 3 }, () => random.uniform())
  const again = new Random(1)
  expect(Array.from({ length: 3 }, () => again.uniform())).toEqual(first)
})
