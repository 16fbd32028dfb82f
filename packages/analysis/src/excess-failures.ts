import type { ReleaseWatch } from './release-watch.ts'

/**
 * Failed requests of the candidate beyond what the baseline's rate would have given in the same
 * minutes, floor 0.
 *
 * @returns null where nothing was compared
 */
export function excessFailures(watch: ReleaseWatch): number | null {
  const compared = watch.comparisons
    .map((comparison) => comparison.pooled('errors')!.first.sums)
    .filter(({ W }) => W > 0)
  if (compared.length === 0) return null
  return Math.max(
    0,
    compared.reduce((sum, { delta, n1 }) => sum + delta * n1, 0),
  )
}
