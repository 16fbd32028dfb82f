import type { BaselineKind } from '@aftermath/schemas/verdict'
import { measures, minimumEffect } from '../signals/measures.ts'
import type { Measure } from '../signals/measures.ts'
import { BASELINE, CANDIDATE, MATCHED } from '../counts/minute-columns.ts'
import { emptyArm } from '../counts/minute-counts.ts'
import type { ArmCounts, MinuteCounts } from '../counts/minute-counts.ts'
import { matchesOperation } from '../counts/matches-operation.ts'
import { MinuteTerms } from './minute-terms.ts'
import type { Policy } from '../policy/policy.ts'
import { blockOf, DESIGN_EFFECT_UNKNOWN } from '../baseline/reference.ts'
import type { Reference, ShareReference } from '../baseline/reference.ts'
import type { ScopeRule } from './scope-start.ts'
import { scopeAllowance } from '../baseline/time-shift.ts'
import { WatchedScope } from './watched-scope.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

export type ComparisonInput = {
  kind: Extract<BaselineKind, 'concurrent' | 'previous_time_matched' | 'previous_window'>
  /** Share of the error budget among the comparisons of a release. */
  weight: number
  reference: Reference | null
  /** Names of the operations, sorted: the order counts come in. */
  operations: string[]
  /** First judged minute. */
  firstMinute: number
  placeboLogRatios: number[]
  policy: Policy
}

/**
 * How sharply an e-value is needed: `exact`; `service`, with operations bounded from above;
 * `floor`, without operations, so from below; `bound`, everything from above at a tenth of the cost.
 */
export type Exactness = 'exact' | 'service' | 'floor' | 'bound'

/** A measure of the whole service (`operation` null) or of one operation. */
export type Scope = {
  measure: Measure
  operation: string | null
  /** Its share in the e-value of its measure. */
  weight: number
  /** An operation that must pass by itself. */
  mustNotRegress: boolean
  watched: WatchedScope
}

/**
 * A release against one baseline: every measure of the service and of each operation the reference
 * knows, summed minute by minute in the order of operation names.
 */
export class Comparison {
  readonly kind: ComparisonInput['kind']
  readonly weight: number
  readonly measures: readonly Measure[]
  readonly #input: ComparisonInput
  readonly #pooled = new Map<Measure, Scope>()
  readonly #all = new Map<Measure, Scope[]>()
  /** By measure, then by index of the operation; undefined where the reference knows none. */
  readonly #byOperation = new Map<Measure, (Scope | undefined)[]>()
  /** Index in the reference of each operation, −1 where it has none. */
  readonly #inReference: number[]
  readonly #guarded: ReadonlySet<string>
  readonly #wholeWeight: number
  readonly #windowArm: ArmCounts
  readonly #pooledTerms = new MinuteTerms()
  readonly #operationTerms = new MinuteTerms()

  constructor(input: ComparisonInput) {
    const { reference, operations } = input
    this.#input = input
    this.kind = input.kind
    this.weight = input.weight
    // Without a reference there is no τ, so nothing is slow.
    this.measures = reference === null ? ['errors'] : measures
    this.#inReference = operations.map((name) => reference?.operations.indexOf(name) ?? -1)
    this.#windowArm = emptyArm(operations.length)
    // One operation is the service itself: watched once.
    const split = reference !== null && reference.operations.length > 1
    const isGuarded = matchesOperation(input.policy.mustNotRegress)
    const guarded = operations.filter((name) => {
      return split && isGuarded(name) && reference.operations.includes(name)
    })
    this.#guarded = new Set(guarded)
    // What must not regress weighs as much as the service.
    this.#wholeWeight = split ? 0.5 / (1 + guarded.length) : 1
    for (const measure of this.measures) {
      const pooled = this.#watch(measure, reference?.measures[measure].pooled)
      this.#pooled.set(measure, {
        measure,
        operation: null,
        weight: this.#wholeWeight,
        mustNotRegress: false,
        watched: pooled,
      })
      const scopes = operations.map((_, index) => {
        return split ? this.#operationScope(measure, index, reference) : undefined
      })
      this.#byOperation.set(measure, scopes)
      const known = scopes.filter((scope) => scope !== undefined)
      this.#all.set(measure, [this.#pooled.get(measure)!, ...known])
    }
  }

  #operationScope(measure: Measure, index: number, reference: Reference): Scope | undefined {
    const at = this.#inReference[index]!
    const share = reference.measures[measure].operations[at]
    if (share === undefined) return undefined
    const { pooled } = reference.measures[measure]
    // Half by traffic, half evenly: a rare operation keeps a say.
    const weight = (share.requests / pooled.requests + 1 / reference.operations.length) / 2
    const operation = this.#input.operations[index]!
    const mustNotRegress = this.#guarded.has(operation)
    return {
      measure,
      operation,
      weight: weight / 2 + (mustNotRegress ? this.#wholeWeight : 0),
      mustNotRegress,
      watched: this.#watch(measure, share),
    }
  }

  #watch(measure: Measure, share: ShareReference | undefined): WatchedScope {
    const { policy, placeboLogRatios, firstMinute } = this.#input
    const p0 = share?.p0 ?? 0
    const overTime = this.kind !== 'concurrent' && share !== undefined
    // Days were compared by their errors: what they say of durations is not known.
    const pairs = measure === 'errors' ? placeboLogRatios : []
    const rule: ScopeRule = {
      phi: share?.phi ?? DESIGN_EFFECT_UNKNOWN,
      p0,
      minimumEffect: minimumEffect(measure, p0, policy),
      kappa: overTime ? scopeAllowance(share, pairs, policy) : 0,
    }
    return new WatchedScope(rule, firstMinute)
  }

  /** Service first, then operations by name. */
  scopes(measure: Measure): Scope[] {
    return this.#all.get(measure) ?? []
  }

  pooled(measure: Measure): WatchedScope | undefined {
    return this.#pooled.get(measure)?.watched
  }

  /** Minutes with both arms. */
  get judgedMinutes(): number {
    return this.pooled('errors')?.first.sums.minutes ?? 0
  }

  /** ln of the mean e-value of the service and its operations, at their weights. */
  logE(measure: Measure, how: Exactness): number {
    const sum = new LogSum()
    for (const { operation, weight, watched } of this.scopes(measure)) {
      if (operation !== null && how === 'floor') continue
      const rough = how === 'bound' || (operation !== null && how === 'service')
      sum.add(rough ? watched.logEBound : watched.logE, weight)
    }
    return sum.log
  }

  /**
   * Adds a judged minute.
   *
   * @param worldShift factor by which undisturbed services fail more often than before, ≥ 1
   */
  add({ minute, arms }: MinuteCounts, worldShift: number): void {
    const candidate = arms[CANDIDATE]
    const beside = this.beside({ minute, arms })
    for (const measure of this.measures) {
      const shift = measure === 'errors' ? worldShift : 1
      this.#addMeasure(measure, { minute, candidate, beside, shift })
    }
  }

  #addMeasure(measure: Measure, arms: ArmsOfMinute): void {
    const pooled = this.#pooled.get(measure)!.watched
    const scopes = this.#byOperation.get(measure)!
    const terms = this.#pooledTerms
    terms.clear()
    for (const [index, scope] of scopes.entries()) {
      // An operation without a reference has no τ; its errors still count beside the baseline's.
      if (measure !== 'errors' && this.#inReference[index]! < 0) continue
      this.#addStratum(terms, pooled.rule, { measure, index, ...arms })
      if (scope === undefined) continue
      this.#operationTerms.clear()
      this.#addStratum(this.#operationTerms, scope.watched.rule, { measure, index, ...arms })
      scope.watched.add(arms.minute, this.#operationTerms)
    }
    pooled.add(arms.minute, terms)
  }

  #addStratum(
    terms: MinuteTerms,
    { kappa }: ScopeRule,
    stratum: ArmsOfMinute & { measure: Measure; index: number },
  ): void {
    const { candidate, beside, measure, index, shift } = stratum
    const theta0 = (1 + kappa) * shift
    terms.add(
      candidate.requests[index]!,
      candidate[measure][index]!,
      beside.requests[index]!,
      beside[measure][index]!,
      theta0 > 1 ? (theta0 - 1) * this.#nullShare(measure, index) : 0,
      theta0,
    )
  }

  /** p0 of an operation; one without events may have had one by chance. */
  #nullShare(measure: Measure, index: number): number {
    const share = this.#input.reference?.measures[measure].operations[this.#inReference[index]!]
    return share === undefined || share.requests === 0
      ? 0
      : Math.max(1, share.events) / share.requests
  }

  /** What the candidate is compared with in a minute. */
  beside({ minute, arms }: MinuteCounts): ArmCounts {
    switch (this.kind) {
      case 'concurrent':
        return arms[BASELINE]
      case 'previous_time_matched':
        return arms[MATCHED]
      case 'previous_window':
        return this.#windowArmAt(minute)
    }
  }

  /** The mean minute of the reference window at this time of day, fractions included. */
  #windowArmAt(minute: number): ArmCounts {
    const { reference } = this.#input
    if (reference === null) return this.#windowArm
    const offset = blockOf(minute) * reference.operations.length
    for (const [index, at] of this.#inReference.entries()) {
      if (at < 0) continue
      const requests = reference.blocks.requests[offset + at]!
      this.#windowArm.requests[index] = requests
      for (const measure of measures) {
        const { events } = reference.measures[measure].operations[at]!
        // No event in the whole window: as if there had been one, else the first is infinitely more.
        this.#windowArm[measure][index] =
          events === 0
            ? requests * this.#nullShare(measure, index)
            : reference.blocks[measure][offset + at]!
      }
    }
    return this.#windowArm
  }
}

type ArmsOfMinute = { minute: number; candidate: ArmCounts; beside: ArmCounts; shift: number }
