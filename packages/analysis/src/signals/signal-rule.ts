import type { Policy } from '../policy/policy.ts'
import { DESIGN_EFFECT_UNKNOWN } from '../baseline/reference.ts'
import type { ShareReference } from '../baseline/reference.ts'
import type { ScopeRule } from '../watch/scope-start.ts'
import type { SignalRows } from './signal-rows.ts'
import { scopeAllowance } from '../baseline/time-shift.ts'

/** What a scope of a signal is tested against, fixed before any data of the candidate. */
export function signalRule(
  { test, minimumEffect }: SignalRows,
  share: ShareReference | undefined,
  overTime: boolean,
  policy: Policy,
): ScopeRule {
  const phi = share?.phi ?? DESIGN_EFFECT_UNKNOWN
  const p0 = share?.p0 ?? 0
  const kappa = overTime && share !== undefined ? allowance(test, share, policy) : 0
  const rule = { phi, p0, kappa, minimumEffect: minimumEffect(p0) }
  switch (test.of) {
    case 'share':
      return rule
    case 'rate':
      return { ...rule, test: { of: 'rate', eventsMin: 1, phiFixed: false } }
    case 'score': {
      const { variance, isLevel, blocksMin } = test
      const drift = isLevel ? Math.log1p(kappa) : kappa * p0
      return { ...rule, test: { of: 'score', variance, drift, armedAfter: blocksMin } }
    }
  }
}

/** Drift that a comparison over time allows, as a part of the baseline. */
function allowance(test: SignalRows['test'], share: ShareReference, policy: Policy): number {
  if (test.of !== 'score' || !test.isLevel) return scopeAllowance(share, [], policy)
  // Of levels: three standard deviations of the window's mean, beside what days differ by.
  const days = scopeAllowance({ ...share, events: Number.POSITIVE_INFINITY }, [], policy)
  const sampling = Math.expm1(3 * Math.sqrt((share.phi * test.variance) / share.requests))
  return Math.max(days, sampling)
}
