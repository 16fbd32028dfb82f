import assert from 'node:assert/strict'

/**
 * Nearest rank: the smallest of the values that at least `share` of them do not exceed.
 *
 * @param values at least one, in any order
 * @param share 0 < share ≤ 1
 */
export function quantile(values: readonly number[], share: number): number {
  assert(values.length > 0 && share > 0 && share <= 1)
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]! // rank 1…length
}

/** The middle value, or the mean of the middle two. @param values at least one */
export function median(values: readonly number[]): number {
  assert(values.length > 0)
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}
