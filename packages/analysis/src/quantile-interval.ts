import { histogramQuantile } from './histogram-quantile.ts'
import { BUCKET_SCALE, ZERO_BUCKET } from './latency-thresholds.ts'
import { wilsonInterval } from './wilson-interval.ts'

export type QuantileInterval = { value: number; low: number; high: number }

/** Standard normal quantile of the 95 % that is shown. */
export const Z95 = 1.959964

/**
 * A quantile of a latency histogram with its interval, for one look: the values at the ranks that a
 * share of q may have had. Requests come in clusters, so that n of them tell as much as n/φ.
 *
 * @param rows latency buckets of exponential scale 3; those of one bucket add up
 * @param phi design effect, ≥ 1
 * @returns null of an empty histogram
 * @see Conover, Practical Nonparametric Statistics, 3.2: ranks by the binomial, here Wilson's
 */
export function quantileInterval(input: {
  rows: readonly { bucket: number; count: number }[]
  q: number
  phi: number
}): QuantileInterval | null {
  const { q, phi } = input
  const rows = input.rows.filter(({ count }) => count > 0)
  const total = rows.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return null
  const at = (rank: number) =>
    histogramQuantile({
      q: rank,
      scale: BUCKET_SCALE,
      zeroCount: rows
        .filter(({ bucket }) => bucket === ZERO_BUCKET)
        .reduce((sum, { count }) => sum + count, 0),
      buckets: mergedBuckets(rows),
    })! // a histogram with counts has every quantile
  const told = total / phi
  const ranks = wilsonInterval({ failures: q * told, total: told, z: Z95 })
  return { value: at(q), low: at(ranks.low), high: at(ranks.high) }
}

/**
 * Difference of two values, each with its own interval, candidate minus baseline.
 *
 * @see Zou & Donner, Stat. Med. 27 (2008) 1693: variances recovered from the separate limits
 */
export function differenceOf(candidate: QuantileInterval, baseline: QuantileInterval) {
  const estimate = candidate.value - baseline.value
  return {
    estimate,
    low: estimate - Math.hypot(candidate.value - candidate.low, baseline.high - baseline.value),
    high: estimate + Math.hypot(candidate.high - candidate.value, baseline.value - baseline.low),
  }
}

function mergedBuckets(rows: readonly { bucket: number; count: number }[]) {
  const counts = new Map<number, number>()
  for (const { bucket, count } of rows) {
    if (bucket !== ZERO_BUCKET) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  }
  return counts
}
