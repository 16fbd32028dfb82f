import type { MinuteWindow } from '../baseline/choose-baseline.ts'
import type { SumsSince } from './engine-sums.ts'
import { mixtureBound, oneSidedLogE, twoSidedLogE } from '../methods/normal-mixture.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** What one measure of one scope is tested against, fixed before any data of the candidate. */
export type ScopeRule = {
  /** Design effect and share of the reference, and the minimum effect that follows from it. */
  phi: number
  p0: number
  minimumEffect: number
  /** κ: the part of p0 a comparison over time allows; 0 where both arms share the minutes. */
  kappa: number
  /** What is tested, where that is not a share of requests by both engines. */
  test?: ScoreTest | RateTest
}

/** Means of scores or levels: engine A. */
export type ScoreTest = {
  of: 'score'
  /** Variance of one unit's score in the reference, > 0. */
  variance: number
  /** Difference a comparison over time allows; 0 where both arms share the minutes. */
  drift: number
  /** Minutes or blocks with both arms before it speaks. */
  armedAfter: number
}

/** Rates of rare events: engine B. `minimumEffect` of its rule is a factor. */
export type RateTest = {
  of: 'rate'
  /** Events of the candidate before its effect matters. */
  eventsMin: number
  /** The design effect is given, not measured: too few minutes have events. */
  phiFixed: boolean
}

export type CountedFrom = { fromMinute: number; untilMinute?: number }

/** Effects below this are none of a verdict's business. */
export function gateOf({ p0, minimumEffect, kappa, test }: ScopeRule): number {
  return (test?.of === 'score' ? test.drift : kappa * p0) + minimumEffect
}

/** Engine A speaks after this much: its guarantee is asymptotic. */
const ARMED_MINUTES = 30
const ARMED_EVENTS = 20

/**
 * One comparison from one start on: effect, interval and e-value.
 *
 * `weight` is its share of the error budget among all starts; intervals are widened by it, since
 * the start to report is picked by looking.
 */
export class ScopeStart {
  readonly weight: number
  readonly rule: ScopeRule
  readonly sums: SumsSince
  /** First minute it may count. */
  readonly fromMinute: number
  /** Set for one that counts no more; exclusive. */
  readonly untilMinute: number | undefined
  readonly #gate: number
  #logE = 0
  #logEMinutes = 0

  constructor(rule: ScopeRule, weight: number, sums: SumsSince, minutes: CountedFrom) {
    this.rule = rule
    this.weight = weight
    this.sums = sums
    this.fromMinute = minutes.fromMinute
    this.untilMinute = minutes.untilMinute
    this.#gate = gateOf(rule)
  }

  /** The same at a standstill. */
  frozen(untilMinute: number): ScopeStart {
    const { fromMinute } = this
    return new ScopeStart(this.rule, this.weight, this.sums.frozen(), { fromMinute, untilMinute })
  }

  /** Minutes it may count. */
  get window(): MinuteWindow {
    return {
      fromMinute: this.fromMinute,
      untilMinute: this.untilMinute ?? Number.POSITIVE_INFINITY,
    }
  }

  get isPastGate(): boolean {
    const { W } = this.sums
    const { test } = this.rule
    if (test?.of === 'rate') return this.#isRatePastGate(test)
    return W > 0 && this.sums.S >= this.#gate * W
  }

  /** Of rates, `allowed` holds what the smallest ratio that matters would have added. */
  #isRatePastGate({ eventsMin }: RateTest): boolean {
    const { S, allowed, x1 } = this.sums
    return S > 0 && S >= allowed && x1 >= eventsMin
  }

  /** Mantel–Haenszel rate ratio of a scope of rates; null without an event to divide by. */
  get rateRatio(): number | null {
    const { S, allowed, x1 } = this.sums
    // `allowed` is the baseline's side of the ratio times the excess of the smallest one over 1.
    if (allowed > 0) return 1 + (S * (this.rule.minimumEffect - 1)) / allowed
    return x1 > 0 ? null : 1
  }

  /** Scale of the mixture: √r is the variance at which one minimum effect shows. */
  get r(): number {
    const { phi, p0, minimumEffect, test } = this.rule
    if (test?.of === 'score') return ((phi * test.variance) / minimumEffect) ** 2
    const share = Math.max(p0, minimumEffect / 2)
    return ((phi * share * Math.max(1 - p0, minimumEffect / 2)) / minimumEffect) ** 2
  }

  /** Variance, with a floor: a service without errors still learns from requests. */
  get V(): number {
    return Math.max(this.sums.V, this.#varianceFloor)
  }

  get #varianceFloor(): number {
    const { phi, minimumEffect, test } = this.rule
    // The variance of a score is given, never 0.
    if (test !== undefined) return 0
    return (phi * this.sums.W * minimumEffect) / 2
  }

  /** ln E = ln(½·E_A + ½·E_B) against 'no worse than the baseline, drift allowed for'. */
  get logE(): number {
    const { sums } = this
    if (this.#logEMinutes === sums.minutes) return this.#logE
    this.#logE = this.#enginesLogE()
    this.#logEMinutes = sums.minutes
    return this.#logE
  }

  #enginesLogE(): number {
    const { sums } = this
    const { test, phi } = this.rule
    if (test?.of === 'score') return this.#engineALogE()
    if (test?.of === 'rate') return sums.rateRatioLogE(test.phiFixed ? phi : sums.laggedPhi)
    const both = new LogSum()
    both.add(this.#engineALogE(), 0.5)
    both.add(sums.rateRatioLogE(sums.laggedPhi), 0.5)
    return both.log
  }

  #engineALogE(): number {
    if (!this.#isArmed) return 0
    const { S, allowed } = this.sums
    return oneSidedLogE({ S: S - allowed, V: this.V, r: this.r })
  }

  get #isArmed(): boolean {
    const { minutes, x1, x0 } = this.sums
    const { test } = this.rule
    if (test?.of === 'score') return minutes >= test.armedAfter
    return minutes >= ARMED_MINUTES && x1 + x0 >= ARMED_EVENTS
  }

  /** Not below `logE`; cheap. */
  get logEBound(): number {
    const { sums } = this
    if (this.#logEMinutes === sums.minutes) return this.#logE
    switch (this.rule.test?.of) {
      case 'score':
        return this.#engineABound()
      case 'rate':
        return sums.rateRatioBound
      case undefined:
        return Math.max(this.#engineABound(), sums.rateRatioBound)
    }
  }

  /** The half-normal mixture is at most 2·exp(S²/2V), and at most 1 where S ≤ 0. */
  #engineABound(): number {
    const { S, allowed, M } = this.sums
    if (S <= allowed || !this.#isArmed) return 0
    const V = Math.max(this.rule.phi * M, this.#varianceFloor)
    return Math.LN2 + (S - allowed) ** 2 / (2 * V)
  }

  /** Whether the upper bound of the effect lies below `effect`, at level `alpha`, one-sided. */
  isBelow(effect: number, alpha: number): boolean {
    const { S, W } = this.sums
    const room = effect * W - S
    return room > 0 && oneSidedLogE({ S: room, V: this.V, r: this.r }) >= -Math.log(alpha)
  }

  /** Whether the lower bound of the effect exceeds `effect`, two-sided at level `alpha`. */
  isAbove(effect: number, alpha: number): boolean {
    const { S, W } = this.sums
    const excess = S - effect * W
    if (W <= 0 || excess <= 0) return false
    return twoSidedLogE({ S: excess, V: this.V, r: this.r }) >= -Math.log(alpha * this.weight)
  }

  /** Confidence sequence of the effect at level `alpha`, simultaneous over the starts. */
  interval(alpha: number): { low: number; high: number } {
    const { W, delta } = this.sums
    if (W <= 0) return { low: -1, high: 1 }
    const level = alpha * this.weight
    const bound = mixtureBound({ V: this.V, r: this.r, alpha: level, oneSided: false }) / W
    // Shares differ by 1 at most; levels know no such end.
    const end = this.rule.test === undefined ? 1 : Number.POSITIVE_INFINITY
    return { low: Math.max(-end, delta - bound), high: Math.min(end, delta + bound) }
  }

  /** One-sided upper bound of the effect at level `alpha`. */
  upperBound(alpha: number): number {
    const { W, delta } = this.sums
    if (W <= 0) return 1
    return Math.min(1, delta + mixtureBound({ V: this.V, r: this.r, alpha, oneSided: true }) / W)
  }
}
