import type { SignalId } from '@aftermath/schemas/verdict'
import type { Policy } from '../policy/policy.ts'

/**
 * What is counted per request: it failed, or it was slower than the baseline's quantile. A test of
 * a quantile is a test of the share above it, so both signals run on the same engines.
 */
export const measures = ['errors', 'slow50', 'slow95', 'slow99'] as const
export type Measure = (typeof measures)[number]

export function signalOf(measure: Measure): SignalId {
  return measure === 'errors' ? 'error_rate' : 'latency'
}

export const quantileOf: Record<Measure, number | null> = {
  errors: null,
  slow50: 0.5,
  slow95: 0.95,
  slow99: 0.99,
}

/** The smallest difference of shares that matters, given the baseline's share in the reference. */
export function minimumEffect(measure: Measure, p0: number, policy: Policy): number {
  const quantile = quantileOf[measure]
  if (quantile !== null) return policy.minimumEffects.latency.relative * (1 - quantile)
  const { floor, relative, cap } = policy.minimumEffects.error_rate
  return Math.max(floor, Math.min(relative * p0, cap))
}
