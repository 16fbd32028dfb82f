/** Counts of one exponential histogram: bucket i holds values in (base^i, base^(i+1)]. */
export type Histogram = { buckets: Iterable<readonly [bucket: number, count: number]> }

/**
 * Quantile of an exponential histogram, interpolated geometrically inside its bucket, so within
 * half a bucket's width (√base) of the sample quantile.
 *
 * @param scale base = 2^(2^−scale): 3 makes buckets 9 % wide
 * @param zeroCount values of exactly 0, below every bucket
 * @returns a value in the unit the buckets are in; null of an empty histogram
 * @see OpenTelemetry specification, exponential histogram
 */
export function histogramQuantile(input: {
  buckets: Iterable<readonly [bucket: number, count: number]>
  q: number
  scale: number
  zeroCount: number
}): number | null {
  const { q, scale, zeroCount } = input
  const buckets = [...input.buckets].filter(([, count]) => count > 0).toSorted(byBucket)
  const total = buckets.reduce((sum, [, count]) => sum + count, zeroCount)
  if (total === 0) return null

  const rank = q * total
  if (zeroCount > 0 && rank <= zeroCount) return 0
  let before = zeroCount
  for (const [bucket, count] of buckets) {
    if (before + count >= rank) return bucketValue(bucket + (rank - before) / count, scale)
    before += count
  }
  // Rounding in the sums can leave the largest rank just above the last count.
  return bucketValue((buckets.at(-1)?.[0] ?? 0) + 1, scale)
}

/** base^position; a whole position is the lower edge of that bucket. */
export function bucketValue(position: number, scale: number): number {
  return 2 ** (position / 2 ** scale)
}

function byBucket(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0]
}
