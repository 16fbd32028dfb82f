import { THETAS } from './minute-terms.ts'
import type { MinuteTerms } from './minute-terms.ts'
import { LogSum } from './weighted-log-e.ts'

/**
 * Running sums of both engines from one start on, over minutes with both arms, in order.
 *
 * Adding a minute costs the same after two weeks as after two minutes.
 */
export class EngineSums {
  minutes = 0
  n1 = 0
  x1 = 0
  n0 = 0
  x0 = 0
  S = 0
  W = 0
  M = 0
  /** Difference the null hypothesis allows, in the unit of S. */
  allowed = 0
  readonly #phiRef: number
  readonly #batches = BATCH_MINUTES.map((length) => new BatchVariance(length))
  readonly #ratios = new Float64Array(THETAS.length)
  readonly #bestMinute = new Float64Array(THETAS.length)
  /** V/M as it was 0…30 minutes ago. */
  readonly #dispersion = new Float64Array(LAG_MINUTES + 1)

  constructor(phiRef: number) {
    this.#phiRef = phiRef
  }

  add(terms: MinuteTerms): void {
    if (!terms.compared) return
    this.minutes += 1
    this.n1 += terms.n1
    this.x1 += terms.x1
    this.n0 += terms.n0
    this.x0 += terms.x0
    this.S += terms.D
    this.W += terms.W
    this.M += terms.M
    this.allowed += terms.allowed
    for (const batch of this.#batches) batch.add(terms.D, terms.W)
    if (terms.x1 + terms.x0 > 0) {
      for (let k = 0; k < THETAS.length; k += 1) {
        const ratio = terms.ratios[k]!
        this.#ratios[k]! += ratio
        if (ratio > this.#bestMinute[k]!) this.#bestMinute[k] = ratio
      }
    }
    this.#dispersion[this.minutes % this.#dispersion.length] = this.M > 0 ? this.V / this.M : 1
  }

  /** Mantel–Haenszel risk difference; 0 before anything is compared. */
  get delta(): number {
    return this.W > 0 ? this.S / this.W : 0
  }

  /** Variance of S: the binomial one times the design effect, or the measured one if larger. */
  get V(): number {
    let variance = this.#phiRef * this.M
    for (const batch of this.#batches) {
      variance = Math.max(variance, batch.variance(this.delta, this.W))
    }
    return variance
  }

  /**
   * Design effect for engine B: measured without the last 30 minutes, else a sudden outage would
   * hide in its own variance.
   */
  get laggedPhi(): number {
    if (this.minutes - LAG_MINUTES < LAGGED_MINUTES_MIN) return this.#phiRef
    const oldest = (this.minutes - LAG_MINUTES) % this.#dispersion.length
    return Math.max(this.#phiRef, this.#dispersion[oldest]!)
  }

  /**
   * Engine B: mean over the rate ratios of the likelihood ratio, without its single best minute,
   * damped by the design effect.
   */
  rateRatioLogE(phi: number): number {
    const sum = new LogSum()
    for (let k = 0; k < THETAS.length; k += 1) {
      sum.add((this.#ratios[k]! - this.#bestMinute[k]!) / phi, 1 / THETAS.length)
    }
    return sum.log
  }
}

const BATCH_MINUTES = [1, 5, 15, 60]
/** Fewer batches than this say little; single minutes are many soon. */
const BATCHES_MIN = 12
const LAG_MINUTES = 30
const LAGGED_MINUTES_MIN = 10

/**
 * Σ (D − δ̂·W)² over complete batches of minutes, for a δ̂ that changes every minute.
 *
 * The expanded square would cancel, so residuals are kept from the first batch's difference, which
 * differs from δ̂ by noise alone.
 */
class BatchVariance {
  readonly #length: number
  #filled = 0
  #D = 0
  #W = 0
  #pivot = Number.NaN
  #count = 0
  #weight = 0
  #RR = 0
  #RW = 0
  #WW = 0

  constructor(length: number) {
    this.#length = length
  }

  add(D: number, W: number): void {
    this.#D += D
    this.#W += W
    this.#filled += 1
    if (this.#filled < this.#length) return
    if (Number.isNaN(this.#pivot)) this.#pivot = this.#D / this.#W
    const residual = this.#D - this.#pivot * this.#W
    this.#count += 1
    this.#weight += this.#W
    this.#RR += residual * residual
    this.#RW += residual * this.#W
    this.#WW += this.#W * this.#W
    this.#filled = this.#D = this.#W = 0
  }

  variance(delta: number, W: number): number {
    if (this.#count < (this.#length === 1 ? 2 : BATCHES_MIN)) return 0
    const shift = delta - this.#pivot
    const squares = this.#RR - 2 * shift * this.#RW + shift * shift * this.#WW
    const correction = this.#count / (this.#count - 1)
    return Math.max(0, squares) * correction * (W / this.#weight)
  }
}
