import type { ShareReference } from './reference.ts'
import { timeShiftAllowance } from '../methods/time-shift-allowance.ts'
import type { Policy } from '../policy/policy.ts'

/** κ is clipped here: a baseline too thin to bound a threefold rise accuses nobody of one. */
const ALLOWANCE_MAX = 2

/**
 * κ of one scope of a comparison over time: what days without a deployment differ by, and at least
 * what the baseline's own counts leave open (three standard deviations of its log rate), so that an
 * hour with four errors does not make a fifth one evidence.
 */
export function scopeAllowance(
  share: ShareReference,
  placeboLogRatios: number[],
  policy: Policy,
): number {
  const sampling = Math.expm1(3 * Math.sqrt(share.phi / Math.max(1, share.events)))
  return Math.max(dayAllowance(placeboLogRatios, policy), Math.min(ALLOWANCE_MAX, sampling))
}

function dayAllowance(placeboLogRatios: number[], policy: Policy): number {
  const { timeShiftDefault, timeShiftPairsMin, timeShiftPairsFull } = policy
  if (placeboLogRatios.length < timeShiftPairsMin) return timeShiftDefault
  const measured = timeShiftAllowance(placeboLogRatios)
  return placeboLogRatios.length < timeShiftPairsFull
    ? Math.max(timeShiftDefault, measured)
    : measured
}
