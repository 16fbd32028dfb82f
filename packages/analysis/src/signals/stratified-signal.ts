import type { Exposure, SignalId } from '@aftermath/schemas/verdict'
import type { Exactness } from '../watch/comparison.ts'
import { CountCursor } from '../counts/count-cursor.ts'
import type { ArmStrata } from '../counts/count-cursor.ts'
import { countReference } from '../baseline/count-reference.ts'
import type { CountReference } from '../baseline/count-reference.ts'
import type { MinuteWindow } from '../baseline/choose-baseline.ts'
import { KeptStrata } from '../counts/kept-strata.ts'
import { MinuteTerms } from '../watch/minute-terms.ts'
import type { Policy } from '../policy/policy.ts'
import { blockOf, BLOCK_MINUTES, BLOCKS_PER_DAY, byCodeUnit } from '../baseline/reference.ts'
import type { ShareReference } from '../baseline/reference.ts'
import type { ScopeRule } from '../watch/scope-start.ts'
import type { UsersHit } from './signal-input.ts'
import { unitVariance } from './signal-rows.ts'
import type { SignalRows } from './signal-rows.ts'
import { ratioBeyondDrift } from '../baseline/rate-nulls.ts'
import { signalRule } from './signal-rule.ts'
import { WatchedScope } from '../watch/watched-scope.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** Where and when a signal is watched. */
export type SignalContext = {
  /** Minutes of the baseline alone; null: there are none. */
  window: MinuteWindow | null
  /** The baseline serves beside the candidate, at least at first. */
  concurrent: boolean
  /** First minute of the candidate's life, and the first one after its warm-up. */
  fromMinute: number
  firstMinute: number
  policy: Policy
}

/** One comparison of a signal: of all its strata together, of one of them, or of one issue. */
export type SignalScope = {
  signal: SignalId
  exposure: Exposure
  /** Operation, page or platform; null: all of them. */
  stratum: string | null
  issue: string | null
  /** Of issues: everything unhandled, that with the warm-up, births, or the one issue. */
  part: 'unhandled' | 'from_start' | 'births' | null
  /** Share in the e-value of its signal. */
  weight: number
  /** Share of the error budget of its comparison, and whether that is one over time. */
  comparisonWeight: number
  overTime: boolean
  watched: WatchedScope
  /** Of rates: what their interval is made from. */
  kept: KeptStrata | undefined
}

/**
 * A signal of shares, rates, scores or levels beside its baseline, minute by minute, all strata
 * together and each by itself.
 */
export class StratifiedSignal {
  readonly rows: SignalRows
  readonly users: UsersHit | null
  readonly reference: CountReference | undefined
  readonly strata: string[]
  readonly #context: SignalContext
  readonly #cursor: CountCursor
  readonly #beside: Side | undefined
  readonly #before: Side | undefined
  /** Of sessions: the same without those young enough to crash yet. */
  readonly #mature: { cursor: CountCursor; beside: Side | undefined; before: Side | undefined }
  readonly #windowArm: ArmStrata
  #scopes: SignalScope[] | undefined

  constructor(rows: SignalRows, users: UsersHit | null, context: SignalContext) {
    this.rows = rows
    this.users = users
    this.#context = context
    const names = new Set([...rows.reference.strata, ...rows.comparison.strata])
    this.strata = [...names].toSorted(byCodeUnit)
    const { window, concurrent } = context
    this.reference =
      window === null
        ? undefined
        : countReference({
            rows: rows.reference,
            strata: this.strata,
            window,
            varianceOf: unitVariance(rows),
          })
    this.#cursor = new CountCursor(rows.comparison, this.strata)
    // Throughput is what the whole service has: beside it stands an earlier week.
    const besideIt = concurrent && rows.signal !== 'throughput'
    const both = besideIt && this.reference !== undefined
    const beside = () => (besideIt ? this.#side(false, both ? 0.5 : 1) : undefined)
    const before = () =>
      this.reference === undefined ? undefined : this.#side(true, both ? 0.5 : 1)
    this.#beside = beside()
    this.#before = before()
    this.#mature = {
      cursor: new CountCursor(rows.comparison, this.strata),
      beside: this.isOfSessions ? beside() : undefined,
      before: this.isOfSessions ? before() : undefined,
    }
    this.#windowArm = {
      n: new Float64Array(this.strata.length),
      x: new Float64Array(this.strata.length),
    }
  }

  get isOfSessions(): boolean {
    return this.rows.signal === 'crash_free_sessions'
  }

  #side(overTime: boolean, weight: number): Side {
    const { rows, strata, reference } = this
    return new Side({ rows, strata, reference, overTime, weight, context: this.#context })
  }

  /**
   * Adds a minute; minutes come in ascending order.
   *
   * @param overTime whether this minute is compared with the past
   */
  add(minute: number, overTime: boolean): void {
    if (this.#cursor.seek(minute)) {
      this.#addTo(minute, this.#cursor, overTime ? this.#before : this.#beside)
    }
    if (!this.isOfSessions) return
    const old = minute - this.#context.policy.sessionMinutesMin
    const { cursor, beside, before } = this.#mature
    if (old < this.#context.firstMinute || !cursor.seek(old)) return
    this.#addTo(old, cursor, overTime ? before : beside)
  }

  #addTo(minute: number, { candidate, baseline }: CountCursor, side: Side | undefined): void {
    if (this.rows.signal === 'throughput') this.#before?.add(minute, candidate, baseline)
    else side?.add(minute, candidate, side.overTime ? this.#meanBefore(minute) : baseline)
  }

  /** The mean minute of the reference at this time of day, times the block's minutes. */
  #meanBefore(minute: number): ArmStrata {
    const reference = this.reference!
    const { blockMinutes } = this.rows
    const size = this.strata.length
    const wholeDay = blockMinutes >= BLOCKS_PER_DAY * BLOCK_MINUTES
    const blocks = wholeDay
      ? Array.from({ length: BLOCKS_PER_DAY }, (_, k) => k)
      : [blockOf(minute)]
    const minutes = wholeDay ? BLOCK_MINUTES : blockMinutes
    const { n, x } = this.#windowArm
    for (let index = 0; index < size; index += 1) {
      n[index] = x[index] = 0
      for (const block of blocks) {
        n[index]! += reference.n[block * size + index]! * minutes
        x[index]! += reference.x[block * size + index]! * minutes
      }
      const own = reference.strata[index]!
      // No event in the whole window: as if there had been one, else the first is infinitely more.
      if (own.events === 0 && own.requests > 0 && this.rows.test.of !== 'score') {
        x[index] = n[index]! / own.requests
      }
    }
    return this.#windowArm
  }

  /** ln of the mean e-value over its comparisons. */
  logE(how: Exactness): number {
    const sum = new LogSum()
    for (const side of this.#sides) sum.add(side.logE(how), side.weight)
    return this.#sides.length === 0 ? 0 : sum.log
  }

  get #sides(): Side[] {
    return [this.#beside, this.#before].filter((side) => side !== undefined)
  }

  /** Exposure of either arm in judged minutes; a window counts once, however often it is met. */
  get perArm(): { candidate: number; baseline: number } {
    const sums = { candidate: 0, baseline: 0 }
    for (const { pooled, overTime } of this.#sides) {
      const { n1, n0 } = pooled.first.sums
      sums.candidate += n1
      if (n1 > 0) sums.baseline += overTime ? this.reference!.pooled.requests : n0
    }
    return sums
  }

  /** Of sessions: mature ones alone, by comparison, the one with most of them first. */
  get mature(): WatchedScope[] {
    const { beside, before } = this.#mature
    return [beside, before]
      .flatMap((side) => (side === undefined ? [] : [side.pooled]))
      .toSorted((a, b) => b.first.sums.W - a.first.sums.W)
  }

  /** Whether a bound of mature sessions below the smallest effect that matters is reached. */
  get isBelowMinimum(): boolean {
    const { alpha, judgedMinutesMin } = this.#context.policy
    return this.mature.some(({ first }) => {
      return (
        first.sums.minutes >= judgedMinutesMin && first.isBelow(first.rule.minimumEffect, alpha)
      )
    })
  }

  /** All strata together first, then each. */
  scopes(): SignalScope[] {
    this.#scopes ??= this.#allScopes()
    return this.#scopes
  }

  #allScopes(): SignalScope[] {
    const { signal, exposure } = this.rows
    return this.#sides.flatMap((side) =>
      side.scopes().map(({ index, weight, watched }) => ({
        signal,
        exposure,
        stratum: index === null ? null : this.strata[index]!,
        issue: null,
        part: null,
        weight,
        comparisonWeight: side.weight,
        overTime: side.overTime,
        watched,
        kept: index === null ? side.kept : undefined,
      })),
    )
  }
}

type SideScope = { index: number | null; weight: number; watched: WatchedScope }

type SideInput = {
  rows: SignalRows
  strata: string[]
  reference: CountReference | undefined
  overTime: boolean
  weight: number
  context: SignalContext
}

/** A signal against one arm: the one beside the candidate, or the past. */
class Side {
  readonly overTime: boolean
  readonly weight: number
  readonly pooled: WatchedScope
  readonly kept: KeptStrata | undefined
  readonly #input: SideInput
  readonly #strata: (WatchedScope | undefined)[]
  readonly #weights: number[]
  readonly #terms = new MinuteTerms()
  readonly #own = new MinuteTerms()
  #scopes: SideScope[] | undefined

  constructor(input: SideInput) {
    this.#input = input
    this.overTime = input.overTime
    this.weight = input.weight
    const { reference, strata, rows, overTime, context } = input
    const watch = (share: ShareReference | undefined) =>
      new WatchedScope(signalRule(rows, share, overTime, context.policy), context.firstMinute)
    this.pooled = watch(reference?.pooled)
    this.kept =
      rows.test.of === 'rate'
        ? new KeptStrata(this.pooled.rule.phi, [ratioBeyondDrift(this.pooled.rule, context.policy)])
        : undefined
    const known = reference?.strata.filter(({ requests }) => requests > 0).length ?? 0
    // One stratum is the whole: watched once.
    const split = known > 1
    this.#strata = strata.map((_, index) => {
      const share = reference?.strata[index]
      return split && share !== undefined && share.requests > 0 ? watch(share) : undefined
    })
    this.#weights = strata.map((_, index) => {
      const share = (reference?.strata[index]?.requests ?? 0) / (reference?.pooled.requests ?? 1)
      // Half by traffic, half evenly: a rare page keeps a say.
      return (share + 1 / known) / 4
    })
  }

  add(minute: number, candidate: ArmStrata, other: ArmStrata): void {
    this.#terms.clear()
    for (let index = 0; index < candidate.n.length; index += 1) {
      this.#addStratum(this.#terms, this.pooled.rule, index, candidate, other)
      this.kept?.add(
        minute,
        candidate.n[index]!,
        candidate.x[index]!,
        other.n[index]!,
        other.x[index]!,
      )
      const watched = this.#strata[index]
      if (watched === undefined) continue
      this.#own.clear()
      this.#addStratum(this.#own, watched.rule, index, candidate, other)
      watched.add(minute, this.#own)
    }
    this.pooled.add(minute, this.#terms)
  }

  #addStratum(
    terms: MinuteTerms,
    { kappa, minimumEffect, test }: ScopeRule,
    index: number,
    candidate: ArmStrata,
    other: ArmStrata,
  ): void {
    const n1 = candidate.n[index]!
    const x1 = candidate.x[index]!
    const n0 = other.n[index]!
    const x0 = other.x[index]!
    switch (test?.of) {
      case 'score':
        terms.addScore({ n1, x1, n0, x0 }, test.variance, test.drift)
        return
      case 'rate':
        terms.addRate(n1, x1, n0, x0, minimumEffect, 1 + kappa)
        return
      case undefined:
        terms.add(n1, x1, n0, x0, kappa * this.#nullShare(index), 1 + kappa)
    }
  }

  #nullShare(index: number): number {
    const own = this.#input.reference?.strata[index]
    return own === undefined || own.requests === 0 ? 0 : Math.max(1, own.events) / own.requests
  }

  logE(how: Exactness): number {
    const sum = new LogSum()
    for (const { index, weight, watched } of this.scopes()) {
      if (index !== null && how === 'floor') continue
      const rough = how === 'bound' || (index !== null && how === 'service')
      sum.add(rough ? watched.logEBound : watched.logE, weight)
    }
    return sum.log
  }

  scopes(): SideScope[] {
    this.#scopes ??= this.#allScopes()
    return this.#scopes
  }

  #allScopes(): SideScope[] {
    const own = this.#strata.flatMap((watched, index) => {
      return watched === undefined ? [] : [{ index, weight: this.#weights[index]!, watched }]
    })
    const all = { index: null, weight: own.length === 0 ? 1 : 0.5, watched: this.pooled }
    return [all, ...own]
  }
}
