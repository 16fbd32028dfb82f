import { histogramQuantile } from '../methods/histogram-quantile.ts'
import type { LatencyHistograms } from '../verdict/judgement.ts'
import { BUCKET_SCALE, countsByBucket, ZERO_BUCKET } from './latency-thresholds.ts'
import type { OperationHistogram } from './latency-thresholds.ts'
import { byCodeUnit } from '../baseline/reference.ts'

export type Quantiles = { candidate: number | null; baseline: number | null }

/**
 * Quantile of both arms in nanoseconds, of one operation or of the whole service.
 *
 * For the whole service each operation of the baseline is weighted as the candidate is used, so a
 * shift of traffic to slow operations does not look like a slowdown.
 */
export function latencyQuantiles(
  { candidate, baseline }: Pick<LatencyHistograms, 'candidate' | 'baseline'>,
  { operation, q }: { operation: string | null; q: number },
): Quantiles {
  const own =
    operation === null ? candidate : candidate.filter((row) => row.operation === operation)
  const other =
    operation === null ? baseline : baseline.filter((row) => row.operation === operation)
  return {
    candidate: quantileOfCounts(own, q),
    baseline: quantileOfCounts(operation === null ? asUsedBy(candidate, other) : other, q),
  }
}

/**
 * Ratio of the 95th percentiles, candidate over baseline: of the whole life or of the last hour,
 * whichever is worse, since what began late is diluted in the life.
 *
 * @returns null where either arm has no durations
 */
export function p95Ratio(histograms: LatencyHistograms, operation: string | null): number | null {
  const { baseline, candidate, candidateRecent } = histograms
  const ratios = [candidate, candidateRecent].flatMap((arm) => {
    const { candidate: own, baseline: other } = latencyQuantiles(
      { candidate: arm, baseline },
      { operation, q: 0.95 },
    )
    return own === null || other === null || other === 0 ? [] : [own / other]
  })
  return ratios.length === 0 ? null : Math.max(...ratios)
}

function quantileOfCounts(rows: OperationHistogram[], q: number): number | null {
  const buckets = countsByBucket(rows)
  const zeroCount = buckets.find(([bucket]) => bucket === ZERO_BUCKET)?.[1] ?? 0
  return histogramQuantile({
    buckets: buckets.filter(([bucket]) => bucket !== ZERO_BUCKET),
    q,
    scale: BUCKET_SCALE,
    zeroCount,
  })
}

/** The baseline's durations, operation by operation in the candidate's proportions. */
function asUsedBy(
  candidate: OperationHistogram[],
  baseline: OperationHistogram[],
): OperationHistogram[] {
  const used = totals(candidate)
  const had = totals(baseline)
  return baseline
    .filter((row) => used.has(row.operation))
    .map((row) => ({
      ...row,
      count: (row.count * used.get(row.operation)!) / had.get(row.operation)!,
    }))
    .toSorted((a, b) => byCodeUnit(a.operation, b.operation) || a.bucket - b.bucket)
}

function totals(rows: OperationHistogram[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { operation, count } of rows) sums.set(operation, (sums.get(operation) ?? 0) + count)
  return sums
}
