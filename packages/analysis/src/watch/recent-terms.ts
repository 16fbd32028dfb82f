import type { MinuteTerms } from './minute-terms.ts'
import { oneSidedLogE } from '../methods/normal-mixture.ts'
import type { ScopeStart } from './scope-start.ts'

const KEPT_MINUTES = 60

export type RecentSums = {
  minutes: number
  /** The candidate's requests and events. */
  n1: number
  x1: number
  D: number
  W: number
  M: number
  variance: number
}

/** The last hour of compared minutes of a scope, for what the whole life dilutes. */
export class RecentTerms {
  #minutes = 0
  readonly #n1 = new Float64Array(KEPT_MINUTES)
  readonly #x1 = new Float64Array(KEPT_MINUTES)
  readonly #D = new Float64Array(KEPT_MINUTES)
  readonly #W = new Float64Array(KEPT_MINUTES)
  readonly #M = new Float64Array(KEPT_MINUTES)

  add({ n1, x1, D, W, M }: MinuteTerms): void {
    const at = this.#minutes % KEPT_MINUTES
    this.#n1[at] = n1
    this.#x1[at] = x1
    this.#D[at] = D
    this.#W[at] = W
    this.#M[at] = M
    this.#minutes += 1
  }

  /**
   * Sums of the last minutes, at most 60.
   *
   * @returns `variance` as measured between those minutes, around their own difference
   */
  last(minutes: number): RecentSums {
    const count = Math.min(minutes, this.#minutes, KEPT_MINUTES)
    const sums = { minutes: count, n1: 0, x1: 0, D: 0, W: 0, M: 0, variance: 0 }
    for (let back = count; back >= 1; back -= 1) {
      const at = (this.#minutes - back) % KEPT_MINUTES
      sums.n1 += this.#n1[at]!
      sums.x1 += this.#x1[at]!
      sums.D += this.#D[at]!
      sums.W += this.#W[at]!
      sums.M += this.#M[at]!
    }
    if (count < 2 || sums.W === 0) return sums
    for (let back = count; back >= 1; back -= 1) {
      const at = (this.#minutes - back) % KEPT_MINUTES
      sums.variance += (this.#D[at]! - (sums.D / sums.W) * this.#W[at]!) ** 2
    }
    sums.variance *= count / (count - 1)
    return sums
  }

  /**
   * Lower end of the last ten minutes' effect: a fault that began late stands out here first. For
   * severity only, after an e-value has proved the harm.
   */
  lowerBound(phi: number): number {
    const { D, W, M } = this.last(10)
    return W > 0 ? (D - 2.5 * Math.sqrt(phi * M)) / W : -1
  }

  /** Whether the last hour alone excludes an effect of the minimum size. */
  isBelowMinimum({ rule, r }: ScopeStart, alpha: number): boolean {
    const { minutes, D, W, M, variance } = this.last(KEPT_MINUTES)
    const room = rule.minimumEffect * W - D
    if (minutes < KEPT_MINUTES || room <= 0) return false
    const V = Math.max(rule.phi * M, variance, (rule.phi * W * rule.minimumEffect) / 2)
    return oneSidedLogE({ S: room, V, r }) >= -Math.log(alpha)
  }
}
