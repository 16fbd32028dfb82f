import { oneSidedLogE } from './normal-mixture.ts'

export type EtaInput = {
  S: number
  W: number
  V: number
  /** Growth per minute at the present traffic. */
  vPerMinute: number
  wPerMinute: number
  r: number
  /** The minimum practical effect, a share. */
  mpe: number
  alpha: number
}

/** 14 days: a release is judged no longer. */
export const ETA_MINUTES_MAX = 14 * 24 * 60

/**
 * Whole minutes until the upper bound of the effect lies below the minimum effect, if the effect
 * stays half of what it is now (noise fades, harm does not).
 *
 * @returns null when half the present effect already reaches the minimum, or past 14 days
 */
export function etaMinutes(input: EtaInput): number | null {
  const { S, W, V, vPerMinute, wPerMinute, r, mpe, alpha } = input
  const room = mpe - Math.max(W > 0 ? S / W : 0, 0) / 2
  if (room <= 0) return null
  return firstMinute((minutes) => {
    const sum = room * (W + wPerMinute * minutes)
    return oneSidedLogE({ S: sum, V: V + vPerMinute * minutes, r }) >= -Math.log(alpha)
  })
}

/** The same to harm: minutes until engine A alone reaches 1/alpha if the effect stays as it is. */
export function etaToHarmMinutes(input: Omit<EtaInput, 'mpe'>): number | null {
  const { S, W, V, vPerMinute, wPerMinute, r, alpha } = input
  if (S <= 0 || W <= 0) return null
  return firstMinute((minutes) => {
    const sum = S + (S / W) * wPerMinute * minutes
    return oneSidedLogE({ S: sum, V: V + vPerMinute * minutes, r }) >= -Math.log(alpha)
  })
}

/** The first minute a condition holds that, once true, stays true. */
function firstMinute(holds: (minutes: number) => boolean): number | null {
  if (!holds(ETA_MINUTES_MAX)) return null
  let low = 0
  let high = ETA_MINUTES_MAX
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
