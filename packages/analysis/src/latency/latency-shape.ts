import { dkwBand } from '../methods/dkw-band.ts'
import { bucketValue } from '../methods/histogram-quantile.ts'
import { BUCKET_SCALE, ZERO_BUCKET } from './latency-thresholds.ts'

type Rows = readonly { bucket: number; count: number }[]

/** Two latency distributions over the same buckets. Shares are of requests up to a bucket's edge. */
export type LatencyShape = {
  /** Upper edges in nanoseconds, ascending. */
  durationsNs: number[]
  arms: { cumulative: number[]; requests: number; band: number | null }[]
  /** With two arms: the gap between them exceeds both bands somewhere. */
  differs: boolean
}

/**
 * Distribution functions of one or two histograms, each with the half-width of the band that holds
 * at all sample sizes at once; with n/φ, since requests come in clusters.
 *
 * @param alpha of both bands together
 */
export function latencyShape(histograms: Rows[], phi: number, alpha: number): LatencyShape {
  const buckets = [...new Set(histograms.flatMap((rows) => rows.map(({ bucket }) => bucket)))]
    .toSorted((a, b) => a - b)
    .filter((bucket) => histograms.some((rows) => countIn(rows, bucket) > 0))
  const arms = histograms.map((rows) => {
    const requests = rows.reduce((sum, { count }) => sum + count, 0)
    let upTo = 0
    const cumulative = buckets.map((bucket) => {
      upTo += countIn(rows, bucket)
      return requests === 0 ? 0 : upTo / requests
    })
    const told = requests / phi
    return {
      cumulative,
      requests,
      band: told < 1 ? null : Math.min(1, dkwBand({ t: told, alpha: alpha / histograms.length })),
    }
  })
  return { durationsNs: buckets.map(upperEdge), arms, differs: differ(arms) }
}

function differ([one, other]: LatencyShape['arms']): boolean {
  if (one === undefined || other === undefined) return false
  if (one.band === null || other.band === null) return false
  const bands = one.band + other.band
  return one.cumulative.some((share, at) => Math.abs(share - other.cumulative[at]!) > bands)
}

/** Upper edge of a bucket in nanoseconds. */
export function upperEdge(bucket: number): number {
  return bucket === ZERO_BUCKET ? 0 : bucketValue(bucket + 1, BUCKET_SCALE)
}

function countIn(rows: Rows, bucket: number): number {
  return rows.reduce((sum, row) => (row.bucket === bucket ? sum + row.count : sum), 0)
}
