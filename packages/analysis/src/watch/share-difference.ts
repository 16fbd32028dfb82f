import { wilsonInterval } from '../methods/wilson-interval.ts'

type Counts = { failures: number; total: number }

/**
 * Difference of two rates, candidate minus baseline, with its score interval: for one look at fixed
 * counts, so for display; verdicts use the sequential bounds.
 *
 * @param z standard normal quantile, 1.96 for 95 %
 * @see Newcombe, Stat. Med. 17 (1998) 873, method 10
 */
export function shareDifference(candidate: Counts, baseline: Counts, z: number) {
  const [p1, p0] = [candidate.failures / candidate.total, baseline.failures / baseline.total]
  const one = wilsonInterval({ ...candidate, z })
  const zero = wilsonInterval({ ...baseline, z })
  return {
    estimate: p1 - p0,
    low: p1 - p0 - Math.hypot(p1 - one.low, zero.high - p0),
    high: p1 - p0 + Math.hypot(one.high - p1, p0 - zero.low),
  }
}
