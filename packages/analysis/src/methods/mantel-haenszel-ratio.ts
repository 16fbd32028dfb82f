import type { Stratum } from './stratum.ts'

/**
 * Rate ratio, candidate over baseline, adjusted for the strata. For display: tests use sums.
 *
 * @returns null where the baseline had no event to divide by
 * @see Greenland & Robins, Biometrics 41 (1985) 55
 */
export function mantelHaenszelRatio(strata: Stratum[]): number | null {
  let candidate = 0
  let baseline = 0
  for (const { n1, x1, n0, x0 } of strata) {
    if (n1 <= 0 || n0 <= 0) continue
    candidate += (x1 * n0) / (n1 + n0)
    baseline += (x0 * n1) / (n1 + n0)
  }
  return baseline === 0 ? null : candidate / baseline
}
