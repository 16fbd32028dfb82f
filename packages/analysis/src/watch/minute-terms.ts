import type { Stratum } from '../methods/stratum.ts'

/** Rate ratios engine B bets on, from 'a quarter more' to 'everything fails'. */
export const THETAS = [1.25, 1.5, 2, 3, 4, 6, 8, 12, 16, 32, 64]
const LOG_THETAS = THETAS.map(Math.log)

/**
 * What one minute adds to both engines, summed over its strata. Reused minute after minute: two
 * weeks of fifty operations would otherwise make millions of short-lived objects.
 */
export class MinuteTerms {
  /** Whether any stratum had both arms. */
  compared = false
  n1 = 0
  x1 = 0
  n0 = 0
  x0 = 0
  /** Difference of events, its weight, and its hypergeometric variance. */
  D = 0
  W = 0
  M = 0
  /** Difference the null hypothesis allows: κ·p0·W. */
  allowed = 0
  /** Log likelihood ratio of each rate ratio. */
  readonly ratios = new Float64Array(THETAS.length)

  clear(): void {
    this.compared = false
    this.n1 = this.x1 = this.n0 = this.x0 = 0
    this.D = this.W = this.M = this.allowed = 0
    this.ratios.fill(0)
  }

  /**
   * Adds one stratum; one without both arms compares nothing and is ignored.
   *
   * @param allowedShare difference of shares the null hypothesis allows
   * @param theta0 rate ratio the null hypothesis allows
   */
  add(n1: number, x1: number, n0: number, x0: number, allowedShare = 0, theta0 = 1): void {
    if (n1 <= 0 || n0 <= 0) return
    const n = n1 + n0
    const x = x1 + x0
    const weight = (n1 / n) * n0
    this.#count(n1, x1, n0, x0, weight)
    this.allowed += allowedShare * weight
    if (x <= 0) return

    this.D += (x1 * n0 - x0 * n1) / n
    // In this order of factors 10⁹ requests stay exact; n²(n−1) would leave 2⁵³.
    if (n >= 2) this.M += weight * ((x / n) * ((n - x) / (n - 1)))
    this.#bet(x1, x, (n1 * theta0) / (n1 * theta0 + n0))
  }

  /**
   * Adds a stratum whose x are events over an exposure of another kind, so x may exceed n.
   *
   * @param ratioMin rate ratio below which an effect does not matter: its excess over 1 is `allowed`
   */
  addRate(n1: number, x1: number, n0: number, x0: number, ratioMin: number, theta0 = 1): void {
    if (n1 <= 0 || n0 <= 0) return
    const n = n1 + n0
    const x = x1 + x0
    const weight = (n1 / n) * n0
    this.#count(n1, x1, n0, x0, weight)
    if (x <= 0) return
    this.D += (x1 * n0 - x0 * n1) / n
    this.M += weight * (x / n)
    this.allowed += ((ratioMin - 1) * x0 * n1) / n
    this.#bet(x1, x, (n1 * theta0) / (n1 * theta0 + n0))
  }

  /**
   * Adds a stratum whose x are sums of scores, any sign; engine A alone reads it.
   *
   * @param variance of one unit's score
   * @param allowedMean difference of means the null hypothesis allows
   */
  addScore(stratum: Stratum, variance: number, allowedMean: number): void {
    const { n1, x1, n0, x0 } = stratum
    if (n1 <= 0 || n0 <= 0) return
    const n = n1 + n0
    const weight = (n1 / n) * n0
    this.#count(n1, x1, n0, x0, weight)
    this.D += (x1 * n0 - x0 * n1) / n
    this.M += weight * variance
    this.allowed += allowedMean * weight
  }

  #count(n1: number, x1: number, n0: number, x0: number, weight: number): void {
    this.compared = true
    this.n1 += n1
    this.x1 += x1
    this.n0 += n0
    this.x0 += x0
    this.W += weight
  }

  /** @param share part of the events the null hypothesis gives the candidate */
  #bet(x1: number, x: number, share: number): void {
    for (let k = 0; k < THETAS.length; k += 1) {
      this.ratios[k]! += x1 * LOG_THETAS[k]! - x * Math.log1p(share * (THETAS[k]! - 1))
    }
  }
}
