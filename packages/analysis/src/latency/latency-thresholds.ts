/**
 * Counts of a latency histogram: bucket i holds durations of (base^i, base^(i+1)] nanoseconds with
 * base = 2^(1/8); bucket −1000 holds durations of 0.
 */
export type OperationHistogram = {
  operation: string
  bucket: number
  count: number
}

/** A request is slow when its bucket is above these. */
export type LatencyThresholds = {
  operation: string
  bucket50: number
  bucket95: number
  bucket99: number
}

export const ZERO_BUCKET = -1000
export const BUCKET_SCALE = 3

/**
 * τ of each operation: the bucket that holds its reference quantile. Slower means in a later
 * bucket, so SQL can count it: `countIf(bucket > bucket95)`.
 *
 * @param histograms of the baseline's reference window; rows of one operation and bucket add up
 */
export function latencyThresholds(histograms: OperationHistogram[]): LatencyThresholds[] {
  const byOperation = Map.groupBy(histograms, (row) => row.operation)
  return [...byOperation]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([operation, rows]) => {
      const buckets = countsByBucket(rows)
      const total = buckets.reduce((sum, [, count]) => sum + count, 0)
      if (total === 0) return []
      const bucketAt = (q: number) => quantileBucket(buckets, q * total)
      return [
        { operation, bucket50: bucketAt(0.5), bucket95: bucketAt(0.95), bucket99: bucketAt(0.99) },
      ]
    })
}

/** Counts per bucket, ascending. */
export function countsByBucket(rows: { bucket: number; count: number }[]): [number, number][] {
  const counts = new Map<number, number>()
  for (const { bucket, count } of rows) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return [...counts].filter(([, count]) => count > 0).toSorted(([a], [b]) => a - b)
}

function quantileBucket(buckets: [number, number][], rank: number): number {
  let cumulative = 0
  for (const [bucket, count] of buckets) {
    cumulative += count
    if (cumulative >= rank) return bucket
  }
  return buckets.at(-1)?.[0] ?? ZERO_BUCKET
}
