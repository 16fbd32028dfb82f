import { expect, test } from 'vitest'
import { logNormal, poisson, randomOf } from './random.ts'

const draws = (count: number, draw: () => number) => Array.from({ length: count }, draw)
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('a name gives its numbers again, another name gives others', () => {
  expect(draws(5, randomOf('a'))).toEqual(draws(5, randomOf('a')))
  expect(draws(5, randomOf('a'))).not.toEqual(draws(5, randomOf('b')))
})

test('the first numbers of many names are even between 0 and 1', () => {
  const firsts = draws(10_000, () => 0).map((_, i) => randomOf(`journey ${i}`)())
  expect(firsts.every((value) => value >= 0 && value < 1)).toBe(true)
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => firsts.filter((value) => Math.floor(value * 10) === tenth).length,
  )
  // 1,000 in each, standard deviation 30.
  expect(Math.min(...tenths)).toBeGreaterThan(880)
  expect(Math.max(...tenths)).toBeLessThan(1120)
})

test.each([0.3, 4, 12])('arrivals have the mean %d and its variance', (lambda) => {
  const random = randomOf(`poisson ${lambda}`)
  const counts = draws(20_000, () => poisson(lambda, random))
  const average = mean(counts)
  expect(Math.abs(average / lambda - 1)).toBeLessThan(0.05)
  expect(Math.abs(mean(counts.map((n) => (n - average) ** 2)) / lambda - 1)).toBeLessThan(0.1)
})

test('half of the latencies are below the median', () => {
  const random = randomOf('latency')
  const latencies = draws(10_000, () => logNormal({ median: 40, sigma: 0.35 }, random))
  const below = latencies.filter((ms) => ms < 40).length
  expect(Math.abs(below - 5000)).toBeLessThan(200)
  expect(Math.min(...latencies)).toBeGreaterThan(0)
})
