import type { Policy } from '../policy/policy.ts'
import type { ScopeRule } from '../watch/scope-start.ts'

/**
 * Rate ratio that a comparison over time must exceed before a roll back: drift and twice the
 * smallest effect that matters.
 */
export function ratioBeyondDrift({ kappa, minimumEffect }: ScopeRule, policy: Policy): number {
  return 1 + kappa + policy.severity.majorEffects * (minimumEffect - 1)
}
