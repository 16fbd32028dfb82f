import { logNdtr } from './log-ndtr.ts'
import { LogSum } from './weighted-log-e.ts'

/** A sum that is a martingale under 'no change', its variance, and the scale of the mixture. */
export type MixtureInput = { S: number; V: number; r: number }

/**
 * Log e-values of a sum S with variance V against 'mean ≤ 0' (`oneSided`, half-normal mixture) and
 * against 'mean = 0' (`twoSided`, normal mixture with variance 1/r).
 *
 * @see Robbins, Ann. Math. Statist. 41 (1970) 1397; Howard et al., Ann. Statist. 49 (2021) 1055
 */
export function normalMixture({ S, V, r }: MixtureInput): { oneSided: number; twoSided: number } {
  return { oneSided: oneSidedAt(S, V, r), twoSided: twoSidedAt(S, V, r) }
}

/**
 * Engine A: the mean of the mixtures at scales r, r/16 and r/256, as a logarithm.
 *
 * √r is where one minimum effect becomes visible; the smaller scales cover large effects at the
 * price of ln 3.
 */
export function engineALogE(input: MixtureInput): { oneSided: number; twoSided: number } {
  return { oneSided: oneSidedLogE(input), twoSided: twoSidedLogE(input) }
}

/** The one-sided half of `engineALogE`, for loops that need no other. */
export function oneSidedLogE({ S, V, r }: MixtureInput): number {
  const sum = new LogSum()
  for (const k of SCALES) sum.add(oneSidedAt(S, V, r / k ** 2), 1 / SCALES.length)
  return sum.log
}

/** The two-sided half of `engineALogE`: no Φ, hence cheap. */
export function twoSidedLogE({ S, V, r }: MixtureInput): number {
  const sum = new LogSum()
  for (const k of SCALES) sum.add(twoSidedAt(S, V, r / k ** 2), 1 / SCALES.length)
  return sum.log
}

const SCALES = [1, 4, 16]

function oneSidedAt(S: number, V: number, r: number): number {
  return Math.LN2 + twoSidedAt(S, V, r) + logNdtr(S / Math.sqrt(V + r))
}

function twoSidedAt(S: number, V: number, r: number): number {
  return 0.5 * Math.log(r / (V + r)) + S ** 2 / (2 * (V + r))
}

/**
 * The u > 0 at which engine A reaches 1/alpha: the half-width, in units of S, of its confidence
 * sequence at level 1 − alpha.
 *
 * @param V variance of the sum, ≥ 0
 * @param alpha 0 < alpha < 1
 */
export function mixtureBound({ V, r, alpha, oneSided }: MixtureBoundInput): number {
  const logE = oneSided ? oneSidedLogE : twoSidedLogE
  const target = -Math.log(alpha)
  let high = Math.sqrt(V + r)
  while (logE({ S: high, V, r }) < target) high *= 2
  let low = 0
  // Each step halves the bracket: 60 of them leave less than the spacing of doubles.
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (logE({ S: middle, V, r }) < target) low = middle
    else high = middle
  }
  return high
}
export type MixtureBoundInput = { V: number; r: number; alpha: number; oneSided: boolean }

/**
 * The single scale r that makes the bound tightest at variance V.
 *
 * @see Howard et al., Ann. Statist. 49 (2021) 1055, section 3.5
 */
export function bestRho({ V, alpha }: { V: number; alpha: number }): number {
  const logs = -2 * Math.log(alpha)
  return V / (logs + Math.log1p(logs))
}
