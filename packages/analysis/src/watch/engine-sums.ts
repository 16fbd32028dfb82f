import { THETAS } from './minute-terms.ts'
import type { MinuteTerms } from './minute-terms.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

const MINUTES = 0
const N1 = 1
const X1 = 2
const N0 = 3
const X0 = 4
const S = 5
const W = 6
const M = 7
const ALLOWED = 8
const BATCHES = 9
/** Of each batch length: batches, their weight, and ΣR², ΣRW, ΣW² of residuals R. */
const BATCH_SLOTS = 5
const BATCH_MINUTES = [1, 5, 15, 60]
const RATIOS = BATCHES + BATCH_SLOTS * BATCH_MINUTES.length
const SLOTS = RATIOS + THETAS.length

/** Fewer batches than this say little; single minutes are many soon. */
const BATCHES_MIN = 12
const LAG_MINUTES = 30
const LAGGED_MINUTES_MIN = 10
/** Comparisons start on multiples of this many minutes, and so do batches of every length. */
export const START_MINUTES = 120
/** Starts looked back to: a day, and the one under way. */
const SEGMENTS = 13

/**
 * Running sums of both engines over minutes with both arms, in order, and the same sums from any
 * later start on, as a difference: a minute costs the same with one start or with twelve.
 */
export class EngineSums {
  readonly totals = new Float64Array(SLOTS)
  readonly phiRef: number
  readonly #firstMinute: number
  /** Totals after each of the last 31 minutes, without the ratios. */
  readonly #history = new Float64Array((LAG_MINUTES + 1) * RATIOS)
  /** Largest ratio of a single minute: ever, and by segment between starts. */
  readonly #best = new Float64Array(THETAS.length)
  readonly #segments = new Float64Array(SEGMENTS * THETAS.length)
  #segment = 0
  readonly #batches = BATCH_MINUTES.map((length, k) => {
    return new Batch(
      length,
      this.totals.subarray(BATCHES + k * BATCH_SLOTS, BATCHES + (k + 1) * BATCH_SLOTS),
    )
  })

  constructor(phiRef: number, firstMinute = 0) {
    this.phiRef = phiRef
    this.#firstMinute = firstMinute
  }

  /** Ends what ended before this minute; a start that begins with it is taken after this. */
  advance(minute: number): void {
    const age = minute - this.#firstMinute
    for (const batch of this.#batches) batch.advance(age)
    const segment = Math.floor(age / START_MINUTES)
    for (; this.#segment < segment; this.#segment += 1) {
      const next = ((this.#segment + 1) % SEGMENTS) * THETAS.length
      this.#segments.fill(0, next, next + THETAS.length)
    }
  }

  /** Adds a minute; minutes come in ascending order. */
  add(minute: number, terms: MinuteTerms): void {
    if (!terms.compared) return
    this.advance(minute)
    const { totals } = this
    totals[MINUTES]! += 1
    totals[N1]! += terms.n1
    totals[X1]! += terms.x1
    totals[N0]! += terms.n0
    totals[X0]! += terms.x0
    totals[S]! += terms.D
    totals[W]! += terms.W
    totals[M]! += terms.M
    totals[ALLOWED]! += terms.allowed
    for (const batch of this.#batches) batch.add(minute - this.#firstMinute, terms.D, terms.W)
    if (terms.x1 + terms.x0 > 0) this.#addRatios(terms.ratios)
    const at = totals[MINUTES]! % (LAG_MINUTES + 1)
    for (let k = 0; k < RATIOS; k += 1) this.#history[at * RATIOS + k] = totals[k]!
  }

  #addRatios(ratios: Float64Array): void {
    const segment = (this.#segment % SEGMENTS) * THETAS.length
    for (let k = 0; k < THETAS.length; k += 1) {
      const ratio = ratios[k]!
      this.totals[RATIOS + k]! += ratio
      if (ratio > this.#best[k]!) this.#best[k] = ratio
      if (ratio > this.#segments[segment + k]!) this.#segments[segment + k] = ratio
    }
  }

  /** All sums so far, and those from here on. */
  since(base: 'first' | 'now'): SumsSince {
    return base === 'first'
      ? new SumsSince(this, new Float64Array(SLOTS), -1)
      : new SumsSince(this, this.totals.slice(), this.#segment)
  }

  /** The same sums at a standstill. */
  copy(): EngineSums {
    const copy = new EngineSums(this.phiRef, this.#firstMinute)
    copy.totals.set(this.totals)
    copy.#history.set(this.#history)
    copy.#best.set(this.#best)
    copy.#segments.set(this.#segments)
    copy.#segment = this.#segment
    for (const [k, batch] of copy.#batches.entries()) batch.pivot = this.#batches[k]!.pivot
    return copy
  }

  /** Totals as they were 30 minutes with both arms ago: an offset into `lagged`. */
  get lagged(): { history: Float64Array; offset: number } {
    const at = (this.totals[MINUTES]! + 1) % (LAG_MINUTES + 1)
    return { history: this.#history, offset: at * RATIOS }
  }

  pivot(batch: number): number {
    return this.#batches[batch]!.pivot
  }

  /** Largest single minute of a ratio since a segment began; −1 for ever. */
  bestMinute(k: number, segment: number): number {
    if (segment < 0) return this.#best[k]!
    let best = 0
    for (let at = segment; at <= this.#segment; at += 1) {
      best = Math.max(best, this.#segments[(at % SEGMENTS) * THETAS.length + k]!)
    }
    return best
  }
}

/** The sums of a comparison from one start on. */
export class SumsSince {
  readonly #sums: EngineSums
  readonly #base: Float64Array
  readonly #segment: number

  constructor(sums: EngineSums, base: Float64Array, segment: number) {
    this.#sums = sums
    this.#base = base
    this.#segment = segment
  }

  /** The same at a standstill: what comes later changes nothing. */
  frozen(): SumsSince {
    return new SumsSince(this.#sums.copy(), this.#base, this.#segment)
  }

  #of(slot: number): number {
    return this.#sums.totals[slot]! - this.#base[slot]!
  }
  get minutes(): number {
    return this.#of(MINUTES)
  }
  get n1(): number {
    return this.#of(N1)
  }
  get x1(): number {
    return this.#of(X1)
  }
  get n0(): number {
    return this.#of(N0)
  }
  get x0(): number {
    return this.#of(X0)
  }
  get S(): number {
    return this.#of(S)
  }
  get W(): number {
    return this.#of(W)
  }
  get M(): number {
    return this.#of(M)
  }
  /** Difference the null hypothesis allows, in the unit of S. */
  get allowed(): number {
    return this.#of(ALLOWED)
  }

  /** Mantel–Haenszel risk difference; 0 before anything is compared. */
  get delta(): number {
    return this.W > 0 ? this.S / this.W : 0
  }

  /** Variance of S: the binomial one times the design effect, or the measured one if larger. */
  get V(): number {
    return this.#varianceOf(this.#sums.totals, 0)
  }

  #varianceOf(totals: Float64Array, offset: number): number {
    const base = this.#base
    const weight = totals[offset + W]! - base[W]!
    if (weight <= 0) return 0
    const delta = (totals[offset + S]! - base[S]!) / weight
    let variance = this.#sums.phiRef * (totals[offset + M]! - base[M]!)
    for (let k = 0; k < BATCH_MINUTES.length; k += 1) {
      const at = BATCHES + k * BATCH_SLOTS
      const part = (slot: number) => totals[offset + at + slot]! - base[at + slot]!
      const count = part(0)
      if (count < (k === 0 ? 2 : BATCHES_MIN)) continue
      const shift = delta - this.#sums.pivot(k)
      const squares = part(2) - 2 * shift * part(3) + shift * shift * part(4)
      variance = Math.max(variance, (squares * (count / (count - 1)) * weight) / part(1))
    }
    return variance
  }

  /**
   * Design effect for engine B: measured without the last 30 minutes, else a sudden outage would
   * hide in its own variance.
   */
  get laggedPhi(): number {
    const { phiRef } = this.#sums
    if (this.minutes - LAG_MINUTES < LAGGED_MINUTES_MIN) return phiRef
    const { history, offset } = this.#sums.lagged
    const binomial = history[offset + M]! - this.#base[M]!
    return binomial > 0 ? Math.max(phiRef, this.#varianceOf(history, offset) / binomial) : phiRef
  }

  /**
   * Engine B: mean over the rate ratios of the likelihood ratio, without its single best minute,
   * damped by the design effect.
   */
  rateRatioLogE(phi: number): number {
    const sum = new LogSum()
    for (let k = 0; k < THETAS.length; k += 1) sum.add(this.#ratio(k) / phi, 1 / THETAS.length)
    return sum.log
  }

  /** Not below `rateRatioLogE` for any design effect from the reference's on; cheap. */
  get rateRatioBound(): number {
    let largest = 0
    for (let k = 0; k < THETAS.length; k += 1) {
      // The best minute is left in where the rest cannot pass the largest anyway.
      const ratio = this.#of(RATIOS + k)
      if (ratio > largest) largest = Math.max(largest, this.#ratio(k))
    }
    return largest / this.#sums.phiRef
  }

  #ratio(k: number): number {
    return this.#of(RATIOS + k) - this.#sums.bestMinute(k, this.#segment)
  }
}

/**
 * Σ (D − δ̂·W)² over complete batches of minutes, for a δ̂ that changes every minute and starts that
 * come later.
 *
 * The expanded square would cancel, so residuals are kept from the first batch's difference, the
 * pivot, which differs from δ̂ by noise alone.
 */
class Batch {
  pivot = 0
  readonly #length: number
  readonly #totals: Float64Array
  #number = 0
  #D = 0
  #W = 0

  constructor(length: number, totals: Float64Array) {
    this.#length = length
    this.#totals = totals
  }

  advance(age: number): void {
    const number = Math.floor(age / this.#length)
    if (number > this.#number) this.#close()
    this.#number = number
  }

  add(age: number, difference: number, weight: number): void {
    this.#D += difference
    this.#W += weight
    if ((age + 1) % this.#length === 0) this.#close()
  }

  /** A batch ends with its last minute on the clock, whether or not that had requests. */
  #close(): void {
    if (this.#W === 0) return
    const totals = this.#totals
    if (totals[0] === 0) this.pivot = this.#D / this.#W
    const residual = this.#D - this.pivot * this.#W
    totals[0]! += 1
    totals[1]! += this.#W
    totals[2]! += residual * residual
    totals[3]! += residual * this.#W
    totals[4]! += this.#W * this.#W
    this.#D = 0
    this.#W = 0
  }
}
