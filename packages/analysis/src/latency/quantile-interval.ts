import { histogramQuantile } from '../methods/histogram-quantile.ts'
import { BUCKET_SCALE, ZERO_BUCKET } from './latency-thresholds.ts'
import { mixtureBound } from '../methods/normal-mixture.ts'

export type QuantileInterval = { value: number; low: number; high: number }

/** Standard normal quantile of the 95 % that is shown. */
export const Z95 = 1.959964

const ALPHA = 0.05
const SMALLEST_EFFECT = 0.25

/**
 * A quantile of a latency histogram with its interval: every value below which the share of requests
 * may be q. It holds at all sample sizes at once, so people may look as often as they like. Requests
 * come in clusters, so that n of them tell as much as n/φ.
 *
 * @param rows latency buckets of exponential scale 3; those of one bucket add up
 * @param phi design effect, ≥ 1
 * @returns null of an empty histogram
 * @see Howard & Ramdas, Bernoulli 28 (2022) 1704: quantiles by inverting sequences of shares
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
  const room = rankRoom(q, total, phi)
  return { value: at(q), low: at(Math.max(0, q - room)), high: at(Math.min(1, q + room)) }
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

/** How far the share below a value may lie from q: engine A on the share of one arm. */
function rankRoom(q: number, total: number, phi: number): number {
  const variance = phi * q * (1 - q)
  // Tightest where a quarter of the share above the quantile shows, as the test of it is.
  const r = (variance / (SMALLEST_EFFECT * (1 - q))) ** 2
  return mixtureBound({ V: variance * total, r, alpha: ALPHA, oneSided: false }) / total
}

function mergedBuckets(rows: readonly { bucket: number; count: number }[]) {
  const counts = new Map<number, number>()
  for (const { bucket, count } of rows) {
    if (bucket !== ZERO_BUCKET) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  }
  return counts
}
