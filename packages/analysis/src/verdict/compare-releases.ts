import type { Conclusion, Evidence } from '@aftermath/schemas/verdict'
import { EngineSums } from '../watch/engine-sums.ts'
import { measures, minimumEffect, quantileOf, signalOf } from '../signals/measures.ts'
import type { Measure } from '../signals/measures.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'
import { minuteCounts } from '../counts/minute-counts.ts'
import type { MinuteCounts } from '../counts/minute-counts.ts'
import { MinuteTerms } from '../watch/minute-terms.ts'
import { twoSidedLogE } from '../methods/normal-mixture.ts'
import type { Policy } from '../policy/policy.ts'
import { referenceOf } from '../baseline/reference.ts'
import type { ShareReference } from '../baseline/reference.ts'
import { roundDigits } from '../methods/round-digits.ts'
import { ScopeStart } from '../watch/scope-start.ts'

/**
 * Compares any two releases minute by minute and operation by operation, for people who ask: the
 * same intervals as a judgement's, but neither side is on trial. What a judgement fixes from the
 * baseline alone (share, design effect, minimum effect) comes from both sides together here, so
 * that swapping them mirrors every interval.
 *
 * @param columns arm 1 is the target, arm 0 the base, their minutes already laid over each other;
 * slow requests counted against thresholds of both together
 * @returns the whole service's rows, then operations, the clearest difference first
 */
export function compareReleases({ columns, policy }: CompareInput): Evidence[] {
  if (columns.minute.length === 0) return []
  const minutes = columns.minute
  const fromMinute = minutes.reduce((least, minute) => Math.min(least, minute), minutes[0]!)
  const untilMinute = minutes.reduce((most, minute) => Math.max(most, minute), minutes[0]!) + 1
  const reference = referenceOf({ columns, fromMinute, untilMinute })
  const counted = minuteCounts(columns)
  const scopes = measures.map((measure) => {
    const share = reference.measures[measure]
    return {
      measure,
      service: new Side(measure, null, share.pooled, fromMinute, policy),
      // Both sort their operations by name. One operation is the service itself.
      operations:
        counted.operations.length < 2
          ? []
          : counted.operations.map((operation, index) => {
              return new Side(measure, operation, share.operations[index]!, fromMinute, policy)
            }),
    }
  })
  for (const { minute, arms } of counted.minutes) {
    for (const { measure, service, operations } of scopes) {
      service.add(minute, arms, measure)
      for (const [index, operation] of operations.entries()) {
        operation.add(minute, arms, measure, index)
      }
    }
  }
  const services = scopes.map(({ service }) => service.row(policy))
  const operations = scopes
    .flatMap((scope) => scope.operations)
    .filter(({ isCompared }) => isCompared)
    .map((side) => side.row(policy))
    .toSorted((a, b) => b.logE - a.logE)
  return roundDigits([...services, ...operations])
}

export type CompareInput = { columns: MinuteColumns; policy: Policy }

/** One measure of the service or of an operation. */
class Side {
  readonly #measure: Measure
  readonly #operation: string | null
  readonly #sums: EngineSums
  readonly #start: ScopeStart
  readonly #terms = new MinuteTerms()

  constructor(
    measure: Measure,
    operation: string | null,
    { p0, phi }: ShareReference,
    fromMinute: number,
    policy: Policy,
  ) {
    this.#measure = measure
    this.#operation = operation
    this.#sums = new EngineSums(phi, fromMinute)
    const rule = { phi, p0, minimumEffect: minimumEffect(measure, p0, policy), kappa: 0 }
    this.#start = new ScopeStart(rule, 1, this.#sums.since('first'), { fromMinute })
  }

  get isCompared(): boolean {
    return this.#start.sums.W > 0
  }

  /** @param index of the operation; left out, every operation is a stratum */
  add(minute: number, arms: MinuteCounts['arms'], measure: Measure, index?: number): void {
    const [base, target] = arms
    this.#terms.clear()
    const from = index ?? 0
    const until = index === undefined ? base.requests.length : index + 1
    for (let at = from; at < until; at += 1) {
      this.#terms.add(
        target.requests[at]!,
        target[measure][at]!,
        base.requests[at]!,
        base[measure][at]!,
      )
    }
    this.#sums.add(minute, this.#terms)
  }

  row(policy: Policy): Evidence {
    const { sums, rule, V, r } = this.#start
    const compared = this.isCompared
    const interval = compared ? this.#start.interval(policy.alpha) : undefined
    const logE = compared ? Math.max(0, twoSidedLogE({ S: sums.S, V, r })) : 0
    return {
      signal: signalOf(this.#measure),
      scope: { operation: this.#operation, issue: null, quantile: quantileOf[this.#measure] },
      unit: 'share',
      worse: 'higher',
      exposure: 'requests',
      candidate: { value: compared ? sums.x1 / sums.n1 : null, n: sums.n1 },
      baseline: { value: compared ? sums.x0 / sums.n0 : null, n: sums.n0 },
      estimate: compared ? sums.delta : null,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      confidence: 1 - policy.alpha,
      minimumEffect: rule.minimumEffect,
      logE,
      weightedLogE: logE,
      conclusion: interval === undefined ? 'unknown' : this.#conclusion(interval, policy),
      needed: Math.max(0, policy.requestsMin[this.#measure] - Math.min(sums.n1, sums.n0)),
      quantileNs: null,
      counted: null,
    }
  }

  #conclusion({ low, high }: { low: number; high: number }, policy: Policy): Conclusion {
    const { sums, rule } = this.#start
    if (sums.minutes < policy.judgedMinutesMin) return 'unknown'
    if (low > 0 && sums.delta >= rule.minimumEffect) return 'worse'
    if (high < 0 && sums.delta <= -rule.minimumEffect) return 'better'
    return low > -rule.minimumEffect && high < rule.minimumEffect ? 'no_change' : 'unknown'
  }
}
