import type { BaselineKind, SignalId } from '@aftermath/schemas/verdict'
import { Comparison } from './comparison.ts'
import type { Exactness, Scope } from './comparison.ts'
import { Controls } from '../baseline/controls.ts'
import { Instances } from '../counts/instances.ts'
import { FurtherSignals } from '../signals/further-signals.ts'
import type { JudgeInput } from '../verdict/judgement.ts'
import { LeavingBaseline } from '../baseline/leaving-baseline.ts'
import type { Measure } from '../signals/measures.ts'
import { BASELINE, CANDIDATE } from '../counts/minute-columns.ts'
import { totalOf } from '../counts/minute-counts.ts'
import type { ArmCounts, MinuteCounts } from '../counts/minute-counts.ts'
import { MinuteTerms } from './minute-terms.ts'
import { NewOperations } from './new-operations.ts'
import { OutrightFailure } from './outright-failure.ts'
import { DESIGN_EFFECT_UNKNOWN, TAIL_MINUTES } from '../baseline/reference.ts'
import type { MinuteSeries, Reference } from '../baseline/reference.ts'
import { signalWeights } from '../signals/signal-weights.ts'
import type { SignalWeights } from '../signals/signal-weights.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** Measures that must each exclude an effect that matters before a release ships. */
const GUARDRAILS = ['errors', 'slow95'] as const

/** What must exclude an effect that matters; `scopes` is it in each comparison. */
export type Guardrail = {
  measure: Measure
  operation: string | null
  passed: boolean
  scopes: Scope[]
}

/** Of one scope in several comparisons: where most minutes were compared. */
export function longestOf(scopes: Scope[]): Scope | undefined {
  return scopes.toSorted((a, b) => b.watched.first.sums.minutes - a.watched.first.sums.minutes)[0]
}

export type PlacedScope = Scope & { comparison: Comparison }

/**
 * A release as its minutes come in: comparisons with its baseline, undisturbed services, guardrails
 * passed. Minutes are added in order; everything else only reads.
 */
export class ReleaseWatch {
  readonly comparisons: Comparison[]
  readonly weights: SignalWeights
  /** Signals besides requests. */
  readonly further: FurtherSignals
  readonly controls: Controls
  readonly outright: OutrightFailure
  readonly instances: Instances
  readonly newOperations: NewOperations
  /** The candidate's first judged minutes: what a change at the deployment is read from. */
  readonly early: MinuteSeries = emptySeries()
  readonly #input: JudgeInput
  readonly #firstMinute: number
  readonly #leaving: LeavingBaseline
  readonly #guardrails: Guardrail[]
  /** The comparison the last minute belonged to. */
  #latest: Comparison | undefined
  readonly #serviceTerms = new MinuteTerms()
  /** A minute with fewer baseline requests is one of a release on its way out. */
  readonly requestsMin: number

  /** @param operations sorted by name: the order counts come in */
  constructor(input: JudgeInput, operations: string[]) {
    const { policy, reference, baseline } = input
    this.#input = input
    this.#firstMinute = baseline.comparison.fromMinute + policy.warmupMinutes
    this.further = new FurtherSignals(input)
    this.weights = signalWeights(reference, this.further, policy)
    this.controls = new Controls(input.controls, {
      firstMinute: this.#firstMinute,
      pairs: baseline.pairs,
      policy,
    })
    this.outright = new OutrightFailure(
      reference?.measures.errors.pooled.phi ?? DESIGN_EFFECT_UNKNOWN,
      policy,
    )
    this.instances = new Instances(input.instances, {
      fromMinute: baseline.comparison.fromMinute,
      policy,
    })
    this.newOperations = new NewOperations(operations, reference, policy)
    this.#leaving = new LeavingBaseline(policy)
    const usual = reference === null ? 0 : totalRequests(reference) / Math.max(1, reference.minutes)
    this.requestsMin = policy.leavingShare * usual
    this.comparisons = this.#comparisons(operations)
    this.#guardrails = this.#guardrailsOf()
    this.#latest = this.comparisons[0]
  }

  /**
   * A concurrent baseline may leave, so a comparison with its past stands ready from the start and
   * holds half of the error budget throughout.
   */
  #comparisons(operations: string[]): Comparison[] {
    const { baseline, reference, placeboLogRatios, policy } = this.#input
    const { kind } = baseline
    const afterwards = baseline.pairs.length > 0 ? 'previous_time_matched' : 'previous_window'
    const shared = {
      reference,
      operations,
      firstMinute: this.#firstMinute,
      placeboLogRatios,
      policy,
    }
    if (kind === 'concurrent' && reference === null) {
      return [new Comparison({ ...shared, kind, weight: 1 })]
    }
    if (kind === 'concurrent') {
      return [
        new Comparison({ ...shared, kind, weight: 0.5 }),
        new Comparison({ ...shared, kind: afterwards, weight: 0.5 }),
      ]
    }
    if (reference === null || kind === 'none') return []
    return [new Comparison({ ...shared, kind, weight: 1 })]
  }

  /** Adds a minute; minutes come in ascending order. */
  add(counts: MinuteCounts): void {
    const { minute, arms } = counts
    const [baseline, candidate] = arms
    this.#leaving.add(minute, totalOf(candidate.requests), totalOf(baseline.requests))
    const comparison = this.#comparisonAt(baseline)
    if (comparison !== undefined) {
      this.#latest = comparison
      this.#addOutright(counts, comparison)
    }
    if (minute < this.#firstMinute) return

    this.instances.add(minute)
    const judged = this.#withoutLeftOut(counts)
    if (judged !== undefined) {
      comparison?.add(judged, this.comparesOverTime ? this.controls.shift : 1)
      this.newOperations.add(judged)
    }
    this.controls.add(minute)
    this.#remember(minute, candidate)
    this.#updateGuardrails()
  }

  /**
   * Adds a minute of the signals besides requests, which may have come where no request did. After
   * `add`, if the minute had requests.
   */
  addFurther(minute: number): void {
    this.further.add(minute, this.comparesOverTime)
  }

  /**
   * Counts without those of instances that are not judged. Which operations those served is not
   * known, so they are taken from all alike; a minute that is largely theirs compares nothing.
   */
  #withoutLeftOut(counts: MinuteCounts): MinuteCounts | undefined {
    const leftOut = this.instances.leftOutOf(counts.minute)
    if (leftOut === undefined) return counts
    const { warmingShareMax } = this.#input.policy.instances
    const arms: MinuteCounts['arms'] = [...counts.arms]
    for (const arm of [BASELINE, CANDIDATE] as const) {
      const requests = shareLeft(leftOut[arm].requests, totalOf(arms[arm].requests))
      if (requests < 1 - warmingShareMax) return undefined
      const errors = shareLeft(leftOut[arm].failures, totalOf(arms[arm].errors))
      arms[arm] = scaled(arms[arm], { requests, errors })
    }
    return { minute: counts.minute, arms }
  }

  /** The comparison a minute belongs to: beside the baseline while it serves, then over time. */
  #comparisonAt(baseline: ArmCounts): Comparison | undefined {
    const [first, second] = this.comparisons
    if (first?.kind !== 'concurrent') return first
    if (second !== undefined && this.#leaving.hasLeft) return second
    return totalOf(baseline.requests) >= this.requestsMin ? first : undefined
  }

  #addOutright(counts: MinuteCounts, comparison: Comparison): void {
    const { minute } = counts
    const candidate = counts.arms[CANDIDATE]
    const beside = comparison.beside(counts)
    const { p0, kappa } = comparison.pooled('errors')!.rule
    const requests = totalOf(candidate.requests)
    const failures = totalOf(candidate.errors)
    const besideRequests = totalOf(beside.requests)
    const besideFailures = totalOf(beside.errors)
    this.#serviceTerms.clear()
    this.#serviceTerms.add(requests, failures, besideRequests, besideFailures, 0, 1 + kappa)
    const rate = besideRequests > 0 ? besideFailures / besideRequests : p0
    this.outright.add(
      minute,
      this.#serviceTerms,
      { requests, failures },
      Math.max(rate, this.#rateLately),
    )
  }

  /** Error rate of the baseline's last ten minutes: a fault older than the deployment. */
  get #rateLately(): number {
    const { reference, baseline } = this.#input
    if (reference === null || baseline.kind === 'concurrent') return 0
    const requests = reference.tail.requests.slice(-10).reduce((sum, value) => sum + value, 0)
    const failures = reference.tail.errors.slice(-10).reduce((sum, value) => sum + value, 0)
    return requests === 0 ? 0 : failures / requests
  }

  #remember(minute: number, candidate: ArmCounts): void {
    const requests = totalOf(candidate.requests)
    if (this.early.minute.length >= TAIL_MINUTES || requests === 0) return
    this.early.minute.push(minute)
    this.early.requests.push(requests)
    this.early.errors.push(totalOf(candidate.errors))
    this.early.slow50.push(totalOf(candidate.slow50))
    this.early.slow95.push(totalOf(candidate.slow95))
    this.early.slow99.push(totalOf(candidate.slow99))
  }

  /** A bound that once lay below the minimum effect holds at all times: its best value counts. */
  #updateGuardrails(): void {
    const { alpha, judgedMinutesMin } = this.#input.policy
    for (const guardrail of this.#guardrails) {
      if (guardrail.passed) continue
      guardrail.passed = guardrail.scopes.some(({ watched: { first } }) => {
        const enough = first.sums.minutes >= judgedMinutesMin
        return enough && first.isBelow(first.rule.minimumEffect, alpha)
      })
    }
  }

  /** Of the service, then of each operation that must not regress, as far as the reference has it. */
  #guardrailsOf(): Guardrail[] {
    if (this.#input.reference === null) return []
    return GUARDRAILS.flatMap((measure) => {
      const scopes = this.comparisons.flatMap((comparison) => comparison.scopes(measure))
      const guarded = scopes.filter(({ operation, mustNotRegress }) => {
        return operation === null || mustNotRegress
      })
      return [...Map.groupBy(guarded, ({ operation }) => operation)].map(([operation, own]) => {
        return { measure, operation, passed: false, scopes: own }
      })
    })
  }

  /** Guardrails the reference has, and whether each was passed at some minute. */
  get guardrails(): readonly Guardrail[] {
    return this.#guardrails
  }

  /** How the minute added last was compared; where the baseline left, over time. */
  get kind(): BaselineKind {
    return this.#latest?.kind ?? 'none'
  }

  /** Whether the minute added last was compared with the past. */
  get comparesOverTime(): boolean {
    return this.#latest !== undefined && this.#latest.kind !== 'concurrent'
  }

  /** Minutes with both arms, warm-up excluded. */
  get judgedMinutes(): number {
    return this.comparisons.reduce((sum, comparison) => sum + comparison.judgedMinutes, 0)
  }

  /** Requests per arm that a measure rests on; a window counts once, however often it is met. */
  requestsPerArm(): { candidate: number; baseline: number } {
    let candidate = 0
    let baseline = 0
    for (const comparison of this.comparisons) {
      const sums = comparison.pooled('errors')!.first.sums
      candidate += sums.n1
      if (sums.n1 === 0) continue
      const { reference } = this.#input
      baseline += comparison.kind === 'previous_window' ? totalRequests(reference!) : sums.n0
    }
    return { candidate, baseline }
  }

  /** ln of the mean e-value of one measure, over the comparisons. */
  measureLogE(measure: Measure, how: Exactness): number {
    if (this.comparisons.length === 0) return 0
    const sum = new LogSum()
    for (const comparison of this.comparisons) {
      sum.add(comparison.logE(measure, how), comparison.weight)
    }
    return sum.log
  }

  /** ln of the e-value of one signal: the mean over its measures. */
  signalLogE(signal: SignalId, how: Exactness): number {
    const own = this.weights.signals.find((weighted) => weighted.signal === signal)
    if (own === undefined || own.measures.length === 0) return this.further.logE(signal, how)
    const sum = new LogSum()
    for (const measure of own.measures) {
      sum.add(this.measureLogE(measure, how), 1 / own.measures.length)
    }
    return sum.log
  }

  /** ln of the e-value of the whole release. */
  totalLogE(how: Exactness): number {
    const sum = new LogSum()
    for (const { signal, weight } of this.weights.signals) {
      sum.add(this.signalLogE(signal, how), weight)
    }
    return sum.log
  }

  /** Every scope of every comparison, in a fixed order. */
  scopes(): PlacedScope[] {
    return this.comparisons.flatMap((comparison) =>
      comparison.measures.flatMap((measure) =>
        comparison.scopes(measure).map((scope) => ({ ...scope, comparison })),
      ),
    )
  }
}

/** What remains of a total once a part is left out; parts of nothing change nothing. */
function shareLeft(part: number, total: number): number {
  return total <= 0 ? 1 : Math.max(0, 1 - part / total)
}

function scaled(arm: ArmCounts, { requests, errors }: { requests: number; errors: number }) {
  const times = (factor: number) => (value: number) => value * factor
  return {
    requests: arm.requests.map(times(requests)),
    // No more failures than requests are left.
    errors: arm.errors.map((value, k) => Math.min(value * errors, arm.requests[k]! * requests)),
    slow50: arm.slow50.map(times(requests)),
    slow95: arm.slow95.map(times(requests)),
    slow99: arm.slow99.map(times(requests)),
  }
}

export function totalRequests(reference: Reference): number {
  return reference.measures.errors.pooled.requests
}

function emptySeries(): MinuteSeries {
  return { minute: [], requests: [], errors: [], slow50: [], slow95: [], slow99: [] }
}
