import { strict as assert } from 'node:assert'

export type Proportion = { failures: number; total: number; z: number }
export type Interval = { low: number; high: number }

/**
 * Wilson score interval of a rate.
 *
 * Keeps its coverage at small counts and near 0, where p ± z·√(p(1−p)/n) does not. Good for one
 * look at one fixed window, so for display; verdicts use the sequential bounds.
 *
 * @param total count, > 0: what an empty window means is the caller's to say
 * @param z standard normal quantile, 1.96 for 95 %
 * @returns rates, 0 ≤ low ≤ failures/total ≤ high ≤ 1
 * @see Wilson, JASA 22 (1927) 209; Newcombe, Stat. Med. 17 (1998) 857, method 3
 */
export function wilsonInterval({ failures, total, z }: Proportion): Interval {
  assert(total > 0, 'a rate needs a total above 0')
  assert(failures >= 0 && failures <= total, 'failures lie between 0 and the total')

  const rate = failures / total
  const shrink = 1 / (1 + z ** 2 / total)
  const centre = shrink * (rate + z ** 2 / (2 * total))
  const halfWidth = shrink * z * Math.sqrt((rate * (1 - rate)) / total + z ** 2 / (4 * total ** 2))

  // Floats overshoot by about 1e-17 at rates of 0 and 1.
  return {
    low: Math.max(0, Math.min(rate, centre - halfWidth)),
    high: Math.min(1, Math.max(rate, centre + halfWidth)),
  }
}
