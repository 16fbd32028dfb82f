import type { Histogram } from './bench.ts'

/** Upper bounds in ms: 1, 2, 5, 10, 20, 50 … */
const BOUNDS_MS = [0, 1, 2, 3, 4].flatMap((tens) => [1, 2, 5].map((step) => step * 10 ** tens))

/** How many of the values lie in each step; what exceeds the last is under `more`. */
export function histogramOf(valuesMs: readonly number[]): Histogram {
  const histogram: Histogram = {}
  for (const value of valuesMs) {
    const bound = BOUNDS_MS.find((most) => value <= most)
    const name = bound === undefined ? 'more' : String(bound)
    histogram[name] = (histogram[name] ?? 0) + 1
  }
  return histogram
}
