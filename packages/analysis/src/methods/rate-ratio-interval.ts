import { betaQuantile } from './incomplete-beta.ts'

/** Events and exposure of the candidate (1) and of what it is measured against (0). */
export type RateRatio = { x1: number; n1: number; x0: number; n0: number }

/**
 * Exact interval of the rate ratio, candidate over baseline: Clopper–Pearson on the candidate's
 * part of all events. Valid for one look, so for display.
 *
 * @param confidence of the interval, 0…1
 * @returns `high` is null without a bound: no event in the baseline
 * @see Clopper & Pearson, Biometrika 26 (1934) 404
 */
export function rateRatioInterval({
  x1,
  n1,
  x0,
  n0,
  confidence,
}: RateRatio & { confidence: number }): { low: number; high: number | null } {
  const tail = (1 - confidence) / 2
  const ratio = (share: number) => ((share / (1 - share)) * n0) / n1
  return {
    low: x1 === 0 ? 0 : ratio(betaQuantile(tail, x1, x0 + 1)),
    high: x0 === 0 ? null : ratio(betaQuantile(1 - tail, x1 + 1, x0)),
  }
}
