/**
 * ln Σ wᵢ·eᵢ from the logarithms of the e-values, without leaving the range of doubles.
 *
 * An average of e-values is an e-value under any dependence between them.
 *
 * @param weights non-negative; sum to 1 for an average
 * @see Vovk & Wang, Ann. Statist. 49 (2021) 1736
 */
export function weightedLogE({ logE, weights }: { logE: number[]; weights: number[] }): number {
  const sum = new LogSum()
  for (const [i, value] of logE.entries()) sum.add(value, weights[i] ?? 0)
  return sum.log
}

/** A running ln Σ w·exp(log). Order matters in the last digit, so callers add in a fixed order. */
export class LogSum {
  #largest = Number.NEGATIVE_INFINITY
  #scaled = 0

  add(logValue: number, weight: number): void {
    if (weight <= 0 || logValue === Number.NEGATIVE_INFINITY) return
    if (logValue <= this.#largest) {
      this.#scaled += weight * Math.exp(logValue - this.#largest)
      return
    }
    this.#scaled = this.#scaled * Math.exp(this.#largest - logValue) + weight
    this.#largest = logValue
  }

  get log(): number {
    return this.#scaled === 0 ? Number.NEGATIVE_INFINITY : this.#largest + Math.log(this.#scaled)
  }
}
