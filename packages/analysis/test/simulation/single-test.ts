import { Comparison } from '../../src/watch/comparison.ts'
import type { JudgeInput } from '../../src/verdict/judgement.ts'
import type { Measure } from '../../src/signals/measures.ts'
import { minuteCounts } from '../../src/counts/minute-counts.ts'
import { twoSidedLogE } from '../../src/methods/normal-mixture.ts'
import type { ScopeStart } from '../../src/watch/scope-start.ts'
import { DEPLOYED_MINUTE } from '../simulation.ts'
import type { Moment } from './observe.ts'

const LEVELS = { e20: Math.log(20), e1000: Math.log(1000), e3333: Math.log(1000 / 0.3) }
/** A bound is no use before this many minutes. */
const SOAK_MINUTES = 30

/**
 * The test of one measure alone, from the first minute on, without policy: when its e-value first
 * passes each threshold, when its upper bound first lies below the minimum effect, and when its
 * interval first misses 0.
 */
export function signalMoments(
  input: JudgeInput,
  { measure, restarts = false }: { measure: Measure; restarts?: boolean },
): Partial<Record<Moment, number[]>> {
  const { operations, minutes } = minuteCounts(input.columns)
  const { kind } = input.baseline
  const comparison = new Comparison({
    kind: kind === 'concurrent' ? kind : 'previous_window',
    weight: 1,
    reference: input.reference,
    operations,
    firstMinute: DEPLOYED_MINUTE,
    placeboLogRatios: input.placeboLogRatios,
    policy: input.policy,
  })
  const scope = comparison.pooled(measure)!
  const { first } = scope
  const found: Partial<Record<Moment, number[]>> = {}
  const note = (moment: Moment, minute: number, holds: () => boolean) => {
    if (restarts ? false : found[moment] !== undefined) return
    if (holds()) (found[moment] ??= []).push(minute - DEPLOYED_MINUTE)
  }
  for (const counts of minutes) {
    comparison.add(counts, 1)
    const { minute } = counts
    const bound = restarts ? scope.logEBound : first.logEBound
    if (bound >= LEVELS.e20) {
      const logE = restarts ? scope.logE : first.logE
      for (const moment of ['e20', 'e1000', 'e3333'] as const) {
        note(moment, minute, () => logE >= LEVELS[moment])
      }
    }
    if (restarts) continue
    note('belowMinimum', minute, () => {
      const enough = first.sums.minutes >= SOAK_MINUTES
      return enough && first.isBelow(first.rule.minimumEffect, input.policy.alpha)
    })
    if (kind === 'concurrent') note('intervalMisses', minute, () => missesZero(first))
  }
  return found
}

/** Whether the 95 % confidence sequence of the difference excludes 0, once it is drawn in full. */
function missesZero(start: ScopeStart): boolean {
  const { S, minutes, x1, x0 } = start.sums
  if (minutes < SOAK_MINUTES || x1 + x0 < 20) return false
  const { V, r } = start
  return twoSidedLogE({ S: Math.abs(S), V, r }) >= LEVELS.e20
}
