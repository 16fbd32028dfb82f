import { designEffect } from '../methods/design-effect.ts'
import { EngineSums } from '../watch/engine-sums.ts'
import { minimumEffect } from '../signals/measures.ts'
import { MinuteTerms } from '../watch/minute-terms.ts'
import { defaultPolicy } from '../policy/policy.ts'
import { DESIGN_EFFECT_UNKNOWN } from '../baseline/reference.ts'
import { ScopeStart } from '../watch/scope-start.ts'
import type { Stratum } from '../methods/stratum.ts'

/** Requests of one release that met a flag: `1` with the variant, `0` with any other. */
export type FlagMinute = { minute: number; strata: Stratum[] }

export type FlagTest = {
  /** ln of the e-value against 'with the variant no more requests fail'. */
  logE: number
  /** Difference of the failure rates, 0…1. */
  estimate: number
  on: { requests: number; failures: number }
  off: { requests: number; failures: number }
  verdict: 'worse' | 'no_difference' | 'too_few'
}

/**
 * A flag judged as a release is: its variants are the arms, minute × operation the strata, engines A
 * and B half each. Minutes in ascending order.
 */
export function testFlag(minutes: readonly FlagMinute[]): FlagTest {
  const { namedAt, requestsMin } = defaultPolicy
  const strata = minutes.flatMap((one) => one.strata)
  const sum = (field: keyof Stratum) => strata.reduce((total, one) => total + one[field], 0)
  const on = { requests: sum('n1'), failures: sum('x1') }
  const off = { requests: sum('n0'), failures: sum('x0') }
  if (on.requests < requestsMin.errors || off.requests < requestsMin.errors) {
    return { logE: 0, estimate: 0, on, off, verdict: 'too_few' }
  }
  const p0 = off.failures / off.requests
  const phi = designEffect(offCounts(minutes)) ?? DESIGN_EFFECT_UNKNOWN
  const fromMinute = minutes[0]?.minute ?? 0
  const sums = new EngineSums(phi, fromMinute)
  const terms = new MinuteTerms()
  for (const { minute, strata: own } of minutes) {
    terms.clear()
    for (const { n1, x1, n0, x0 } of own) terms.add(n1, x1, n0, x0, 0, 1)
    sums.add(minute, terms)
  }
  const rule = { phi, p0, minimumEffect: minimumEffect('errors', p0, defaultPolicy), kappa: 0 }
  const start = new ScopeStart(rule, 1, sums.since('first'), { fromMinute })
  const isWorse = start.isPastGate && start.logE >= Math.log(namedAt)
  return {
    logE: start.logE,
    estimate: start.sums.delta,
    on,
    off,
    verdict: isWorse ? 'worse' : 'no_difference',
  }
}

/** Counts without the variant by consecutive minutes: they fix the noise before the test looks. */
function offCounts(minutes: readonly FlagMinute[]): { n: number[]; x: number[] } {
  const first = minutes[0]?.minute ?? 0
  const n = Array.from({ length: (minutes.at(-1)?.minute ?? first - 1) - first + 1 }, () => 0)
  const x = n.slice()
  for (const { minute, strata } of minutes) {
    for (const one of strata) {
      n[minute - first]! += one.n0
      x[minute - first]! += one.x0
    }
  }
  return { n, x }
}
