import { EngineSums } from '../watch/engine-sums.ts'
import type { SumsSince } from '../watch/engine-sums.ts'
import { MinuteTerms } from '../watch/minute-terms.ts'
import type { Stratum } from './stratum.ts'

/**
 * Stratified difference of two arms, and what engine A needs to watch it.
 *
 * @param minutes strata of each minute, in order
 * @param phiRef design effect known from before, ≥ 1
 * @returns S = Σ D and its variance V; `delta` = S/W, the Mantel–Haenszel risk difference
 * @see Mantel & Haenszel, JNCI 22 (1959) 719; Greenland & Robins, Biometrics 41 (1985) 55
 */
export function stratifiedDifference({
  minutes,
  phiRef,
}: {
  minutes: Stratum[][]
  phiRef: number
}) {
  const { S, W, M, V, delta } = sumsOf({ minutes, phiRef, theta0: 1 })
  return { S, W, M, V, delta }
}

/**
 * Engine B: log e-value against 'candidate rate ≤ theta0 × baseline rate'.
 *
 * Given the events of a stratum, those of the candidate are binomial under equal Poisson rates and
 * hypergeometric under exchangeable requests; the bet is fair in both.
 *
 * @param phi design effect, ≥ 1
 * @see Przyborowski & Wilenski, Biometrika 31 (1940) 313; Hoeffding, JASA 58 (1963) 13, theorem 4
 */
export function rateRatioLogE(input: RateRatioInput): number {
  return sumsOf({ ...input, phiRef: 1 }).rateRatioLogE(input.phi)
}
export type RateRatioInput = { minutes: Stratum[][]; phi: number; theta0: number }

function sumsOf(input: { minutes: Stratum[][]; phiRef: number; theta0: number }): SumsSince {
  const sums = new EngineSums(input.phiRef)
  const terms = new MinuteTerms()
  for (const [minute, strata] of input.minutes.entries()) {
    terms.clear()
    for (const { n1, x1, n0, x0 } of strata) terms.add(n1, x1, n0, x0, 0, input.theta0)
    sums.add(minute, terms)
  }
  return sums.since('first')
}
