import type { MinuteWindow } from '../baseline/choose-baseline.ts'
import { THETAS } from '../watch/minute-terms.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** Ratios beyond these are told as 'none' and 'without bound'. */
const RATIO_MIN = 1e-3
const RATIO_MAX = 1e4
/** 24 halvings of ln 10⁷ leave a millionth. */
const STEPS = 24
/** No event where this many were due happens by chance in 5 of 100 hours. */
const DUE_MIN = 3

/**
 * Strata with events of one scope of rates, kept for the interval of their ratio: engine B tests one
 * null hypothesis as it goes, an interval asks for all of them.
 */
export class KeptStrata {
  readonly #minute: number[] = []
  readonly #n1: number[] = []
  readonly #x1: number[] = []
  readonly #n0: number[] = []
  readonly #x0: number[] = []
  readonly #nulls: RunningNull[]
  readonly #phi: number

  /**
   * @param phi design effect, ≥ 1
   * @param ratios whose tests are asked for again and again: kept up as strata come
   */
  constructor(phi: number, ratios: number[]) {
    this.#phi = phi
    this.#nulls = ratios.map((ratio) => new RunningNull(ratio))
  }

  /** Adds a stratum; minutes come in ascending order. */
  add(minute: number, n1: number, x1: number, n0: number, x0: number): void {
    if (n1 <= 0 || n0 <= 0 || x1 + x0 <= 0) return
    this.#minute.push(minute)
    this.#n1.push(n1)
    this.#x1.push(x1)
    this.#n0.push(n0)
    this.#x0.push(x0)
    for (const each of this.#nulls) each.add(minute, n1, x1, n0, x0)
  }

  /** Whether the lower bound of the ratio over the whole life exceeds one of the ratios kept up. */
  isAbove(ratio: number, alpha: number): boolean {
    const kept = this.#nulls.find((each) => each.ratio === ratio)
    return kept !== undefined && kept.logE(this.#phi) >= Math.log(2 / alpha)
  }

  /**
   * Confidence sequence of the rate ratio, candidate over baseline: every ratio that neither of two
   * one-sided tests rejects at half the level.
   *
   * @returns `high` is null without an upper bound
   */
  interval(alpha: number, window: MinuteWindow): { low: number; high: number | null } {
    const level = Math.log(2 / alpha)
    const above = (ratio: number) => this.#logE(ratio, window, 'candidate') >= level
    const below = (ratio: number) => this.#logE(1 / ratio, window, 'baseline') >= level
    return {
      low: above(RATIO_MIN) ? boundary(above) : 0,
      high: below(RATIO_MAX) ? boundary((ratio) => !below(ratio)) : null,
    }
  }

  /** Mantel–Haenszel ratio within a window; null without an event to divide by. */
  ratio(window: MinuteWindow): number | null {
    let candidate = 0
    let baseline = 0
    for (const at of this.#within(window)) {
      const n = this.#n1[at]! + this.#n0[at]!
      candidate += (this.#x1[at]! * this.#n0[at]!) / n
      baseline += (this.#x0[at]! * this.#n1[at]!) / n
    }
    return baseline === 0 ? (candidate === 0 ? 1 : null) : candidate / baseline
  }

  /**
   * Whether a window alone tells that the candidate no longer has `ratio` times the events: they are
   * proved fewer, or none came where three were due at the rate of as long a time before.
   */
  isQuiet(window: MinuteWindow, ratio: number, alpha: number): boolean {
    if (this.#logE(1 / ratio, window, 'baseline') >= -Math.log(alpha)) return true
    const last = this.#minute.at(-1)
    if (last === undefined || this.#events(window) > 0) return false
    const length = window.untilMinute - window.fromMinute
    return this.#events({ fromMinute: last + 1 - length, untilMinute: last + 1 }) >= DUE_MIN
  }

  #events(window: MinuteWindow): number {
    let events = 0
    for (const at of this.#within(window)) events += this.#x1[at]!
    return events
  }

  /** Places of the strata of a window, latest first: it mostly ends with the last one. */
  *#within({ fromMinute, untilMinute }: MinuteWindow): Generator<number> {
    for (let at = this.#minute.length - 1; at >= 0; at -= 1) {
      if (this.#minute[at]! < fromMinute) return
      if (this.#minute[at]! < untilMinute) yield at
    }
  }

  /** ln E of engine B against 'the rate of an arm is at most `theta0` times that of the other'. */
  #logE(theta0: number, window: MinuteWindow, arm: 'candidate' | 'baseline'): number {
    const running = new RunningNull(theta0)
    const [nOwn, xOwn, nOther, xOther] =
      arm === 'candidate'
        ? [this.#n1, this.#x1, this.#n0, this.#x0]
        : [this.#n0, this.#x0, this.#n1, this.#x1]
    for (const at of this.#within(window)) {
      running.add(this.#minute[at]!, nOwn[at]!, xOwn[at]!, nOther[at]!, xOther[at]!)
    }
    return running.logE(this.#phi)
  }
}

const LOG_THETAS = THETAS.map(Math.log)

/** Engine B against one null hypothesis, as strata come. */
class RunningNull {
  readonly ratio: number
  readonly #total = new Float64Array(THETAS.length)
  readonly #best = new Float64Array(THETAS.length)
  readonly #ofMinute = new Float64Array(THETAS.length)
  #minute = -1

  constructor(ratio: number) {
    this.ratio = ratio
  }

  add(minute: number, n1: number, x1: number, n0: number, x0: number): void {
    if (minute !== this.#minute) {
      for (let k = 0; k < THETAS.length; k += 1) this.#best[k] = this.#bestWithLast(k)
      this.#ofMinute.fill(0)
      this.#minute = minute
    }
    const own = n1 * this.ratio
    const share = own / (own + n0)
    for (let k = 0; k < THETAS.length; k += 1) {
      const value = x1 * LOG_THETAS[k]! - (x1 + x0) * Math.log1p(share * (THETAS[k]! - 1))
      this.#total[k]! += value
      this.#ofMinute[k]! += value
    }
  }

  /** A minute counts as a whole, so the last one only once all its strata are there. */
  #bestWithLast(k: number): number {
    return Math.max(this.#best[k]!, this.#ofMinute[k]!)
  }

  /** Without the single best minute, which never decides. */
  logE(phi: number): number {
    const sum = new LogSum()
    for (let k = 0; k < THETAS.length; k += 1) {
      sum.add((this.#total[k]! - this.#bestWithLast(k)) / phi, 1 / THETAS.length)
    }
    return sum.log
  }
}

/** Largest ratio for which a statement that holds for small ratios still holds. */
function boundary(holds: (ratio: number) => boolean): number {
  let low = Math.log(RATIO_MIN)
  let high = Math.log(RATIO_MAX)
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2
    if (holds(Math.exp(middle))) low = middle
    else high = middle
  }
  return Math.exp(low)
}
