import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketValue, histogramQuantile } from '../methods/histogram-quantile.ts'
import { latencyQuantiles, p95Ratio } from './latency-ratio.ts'
import { latencyThresholds, ZERO_BUCKET } from './latency-thresholds.ts'

const rows = (operation: string, counts: [number, number][]) =>
  counts.map(([bucket, count]) => ({ operation, bucket, count }))

describe('thresholds', () => {
  test('are the buckets that hold the quantiles, operation by operation', () => {
    const histograms = [
      ...rows('POST /pay', [
        [210, 95],
        [220, 4],
        [230, 1],
      ]),
      ...rows('GET /', [
        [160, 60],
        [150, 40],
      ]),
    ]
    expect(latencyThresholds(histograms)).toEqual([
      { operation: 'GET /', bucket50: 160, bucket95: 160, bucket99: 160 },
      { operation: 'POST /pay', bucket50: 210, bucket95: 210, bucket99: 220 },
    ])
  })

  test('durations of zero are the fastest', () => {
    const [threshold] = latencyThresholds(
      rows('GET /', [
        [100, 40],
        [ZERO_BUCKET, 60],
      ]),
    )
    expect(threshold).toMatchObject({ bucket50: ZERO_BUCKET, bucket95: 100 })
  })

  test('an operation without durations has none', () => {
    expect(latencyThresholds(rows('GET /', [[100, 0]]))).toEqual([])
  })
})

test('a quantile lies in the bucket of its rank', () => {
  const buckets = fc.array(
    fc.tuple(fc.integer({ min: -20, max: 300 }), fc.integer({ min: 1, max: 9 })),
    {
      minLength: 1,
    },
  )
  fc.assert(
    fc.property(buckets, fc.double({ min: 0.01, max: 1, noNaN: true }), (counts, q) => {
      const value = histogramQuantile({ buckets: counts, q, scale: 3, zeroCount: 0 })!
      const sorted = counts
        .flatMap(([bucket, count]) => Array.from({ length: count }, () => bucket))
        .toSorted((a, b) => a - b)
      const bucket = sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)]!
      const position = 8 * Math.log2(value)
      return position >= bucket - 1e-6 && position <= bucket + 1 + 1e-6
    }),
  )
})

describe('quantiles of both arms', () => {
  const slow = rows('POST /pay', [[216, 100]])
  const fast = rows('GET /', [[160, 100]])
  const more = (of: typeof slow, times: number) =>
    of.map((row) => ({ ...row, count: row.count * times }))

  test('a shift of traffic to a slow operation is no slowdown', () => {
    const candidate = [...more(slow, 9), ...fast]
    const baseline = [...slow, ...more(fast, 9)]
    const { candidate: own, baseline: other } = latencyQuantiles(
      { candidate, baseline },
      { operation: null, q: 0.5 },
    )
    expect(own! / other!).toBeCloseTo(1, 12)
  })

  test('the last hour counts where it is worse than the life', () => {
    const later = rows('POST /pay', [[224, 100]])
    const ratio = p95Ratio({ baseline: slow, candidate: slow, candidateRecent: later }, 'POST /pay')
    expect(ratio).toBeCloseTo(2, 12)
  })

  test('without durations there is no ratio', () => {
    expect(p95Ratio({ baseline: [], candidate: slow, candidateRecent: [] }, null)).toBeNull()
  })

  test('buckets are powers of 2^(1/8) nanoseconds', () => {
    expect(bucketValue(8 * 20, 3)).toBe(2 ** 20)
  })
})
