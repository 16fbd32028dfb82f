/**
 * Chance that a rating of the candidate is better than one of the baseline, ties counting half:
 * 0.5 where both are alike.
 *
 * @param candidate counts of each rating, worst first
 * @param baseline counts of the same ratings
 * @returns null where either has none
 * @see Mann & Whitney, Ann. Math. Statist. 18 (1947) 50
 */
export function probSuperiority(candidate: number[], baseline: number[]): number | null {
  let below = 0
  let wins = 0
  for (const [rating, count] of candidate.entries()) {
    const same = baseline[rating] ?? 0
    wins += count * (below + same / 2)
    below += same
  }
  const pairs = candidate.reduce((sum, count) => sum + count, 0) * below
  return pairs === 0 ? null : wins / pairs
}
