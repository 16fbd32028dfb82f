import type { CountRows } from '../signals/signal-input.ts'

/** Counts of one arm in one minute, by stratum. */
export type ArmStrata = { n: Float64Array; x: Float64Array }

/**
 * Reads rows minute by minute, ascending, whatever their order. What it reads stays until the next
 * minute is sought.
 */
export class CountCursor {
  readonly candidate: ArmStrata
  readonly baseline: ArmStrata
  readonly #rows: CountRows
  readonly #place: number[]
  readonly #order: Uint32Array
  #at = 0

  /** @param strata names, in the order of all sums */
  constructor(rows: CountRows, strata: string[]) {
    this.#rows = rows
    this.#place = rows.strata.map((name) => strata.indexOf(name))
    const order = Uint32Array.from(rows.minute, (_, row) => row)
    // Sums of scores and fractions are not exact: rows of a minute add up in one order.
    this.#order = isInOrder(rows) ? order : order.toSorted((a, b) => byPlace(rows, a, b))
    this.candidate = { n: new Float64Array(strata.length), x: new Float64Array(strata.length) }
    this.baseline = { n: new Float64Array(strata.length), x: new Float64Array(strata.length) }
  }

  /** Whether the minute has rows; minutes are sought in ascending order. */
  seek(minute: number): boolean {
    const { minute: minutes, stratum, arm, n, x } = this.#rows
    while (this.#at < this.#order.length && minutes[this.#order[this.#at]!]! < minute) this.#at += 1
    if (this.#at === this.#order.length || minutes[this.#order[this.#at]!] !== minute) return false
    for (const counts of [this.candidate, this.baseline]) {
      counts.n.fill(0)
      counts.x.fill(0)
    }
    for (; this.#at < this.#order.length; this.#at += 1) {
      const row = this.#order[this.#at]!
      if (minutes[row] !== minute) break
      const into = arm[row] === 1 ? this.candidate : this.baseline
      const at = this.#place[stratum[row]!]!
      into.n[at]! += n[row]!
      into.x[at]! += x[row]!
    }
    return true
  }
}

function isInOrder(rows: CountRows): boolean {
  for (let row = 1; row < rows.minute.length; row += 1) {
    if (byPlace(rows, row - 1, row) > 0) return false
  }
  return true
}

function byPlace({ minute, stratum, arm, n, x }: CountRows, a: number, b: number): number {
  return (
    minute[a]! - minute[b]! ||
    stratum[a]! - stratum[b]! ||
    arm[a]! - arm[b]! ||
    n[a]! - n[b]! ||
    x[a]! - x[b]!
  )
}
