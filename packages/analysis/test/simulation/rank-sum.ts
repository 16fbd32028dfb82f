/**
 * The Mann–Whitney test of two growing samples, looked at whenever one likes.
 *
 * A fixed-sample test: repeating it is the mistake this comparison is about. All values that may come
 * are known beforehand, so a Fenwick tree over their ranks adds one in O(log n).
 *
 * @see Mann & Whitney, Ann. Math. Statist. 18 (1947) 50
 */
export class RankSum {
  readonly #values: number[]
  readonly #control: Int32Array
  readonly #experiment: Int32Array
  readonly #at: Int32Array
  #n0 = 0
  #n1 = 0
  /** Twice the number of pairs in which the experiment is above, ties counted once. */
  #twiceU = 0
  /** Σ (t³ − t) over groups of ties. */
  #ties = 0

  constructor(values: number[]) {
    this.#values = [...new Set(values)].toSorted((a, b) => a - b)
    this.#control = new Int32Array(this.#values.length + 1)
    this.#experiment = new Int32Array(this.#values.length + 1)
    this.#at = new Int32Array(this.#values.length + 1)
  }

  addControl(value: number): void {
    const rank = this.#rank(value)
    const below = sumTo(this.#experiment, rank - 1)
    const equal = sumTo(this.#experiment, rank) - below
    this.#twiceU += 2 * (this.#n1 - below - equal) + equal
    insert(this.#control, rank)
    this.#n0 += 1
    this.#tie(rank)
  }

  addExperiment(value: number): void {
    const rank = this.#rank(value)
    const below = sumTo(this.#control, rank - 1)
    const equal = sumTo(this.#control, rank) - below
    this.#twiceU += 2 * below + equal
    insert(this.#experiment, rank)
    this.#n1 += 1
    this.#tie(rank)
  }

  /** Standard score of 'the experiment is higher', normal approximation, corrected for ties. */
  get z(): number {
    const n = this.#n0 + this.#n1
    if (this.#n0 === 0 || this.#n1 === 0) return 0
    const product = this.#n0 * this.#n1
    const variance = (product / 12) * (n + 1 - this.#ties / (n * (n - 1)))
    // Half a pair towards the middle: the correction for continuity.
    return variance <= 0 ? 0 : (this.#twiceU / 2 - product / 2 - 0.5) / Math.sqrt(variance)
  }

  #tie(rank: number): void {
    const group = this.#at[rank]!
    // (t+1)³ − (t+1) − (t³ − t) = 3t(t+1)
    this.#ties += 3 * group * (group + 1)
    this.#at[rank] = group + 1
  }

  #rank(value: number): number {
    let low = 0
    let high = this.#values.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#values[middle]! < value) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

function insert(tree: Int32Array, rank: number): void {
  for (let at = rank; at < tree.length; at += at & -at) tree[at]! += 1
}

function sumTo(tree: Int32Array, rank: number): number {
  let sum = 0
  for (let at = rank; at > 0; at -= at & -at) sum += tree[at]!
  return sum
}

/**
 * The k-th smallest of all differences experiment − control, both sorted: bisection on the value,
 * counting with two pointers.
 *
 * @param k from 1 on
 * @see Hodges & Lehmann, Ann. Math. Statist. 34 (1963) 598
 */
export function orderedDifference(experiment: number[], control: number[], k: number): number {
  let low = experiment[0]! - control.at(-1)!
  let high = experiment.at(-1)! - control[0]!
  for (let step = 0; step < 40 && high > low; step += 1) {
    const middle = (low + high) / 2
    if (differencesUpTo(experiment, control, middle) >= k) high = middle
    else low = middle
  }
  return high
}

function differencesUpTo(experiment: number[], control: number[], limit: number): number {
  let count = 0
  let from = 0
  for (const value of experiment) {
    while (from < control.length && value - control[from]! > limit) from += 1
    count += control.length - from
  }
  return count
}
