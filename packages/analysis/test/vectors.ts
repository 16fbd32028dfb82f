import { strict as assert } from 'node:assert'
import { absenceExposure, absenceLuck } from '../src/methods/absence.ts'
import { burnRate, burnThreshold } from '../src/methods/burn-rate.ts'
import { designEffect } from '../src/methods/design-effect.ts'
import { dkwBand } from '../src/methods/dkw-band.ts'
import { eBH } from '../src/methods/e-bh.ts'
import { eDivisiveBest, eDivisiveQ } from '../src/methods/e-divisive.ts'
import { etaMinutes } from '../src/methods/eta-minutes.ts'
import { expectedStratumE } from '../src/methods/expected-stratum-e.ts'
import { histogramQuantile } from '../src/methods/histogram-quantile.ts'
import { logNdtr } from '../src/methods/log-ndtr.ts'
import { logOddsDirichlet } from '../src/methods/log-odds-dirichlet.ts'
import { mantelHaenszelRatio } from '../src/methods/mantel-haenszel-ratio.ts'
import { bestRho, engineALogE, mixtureBound, normalMixture } from '../src/methods/normal-mixture.ts'
import { probSuperiority } from '../src/methods/prob-superiority.ts'
import { rateRatioInterval } from '../src/methods/rate-ratio-interval.ts'
import { rateRatioLogE, stratifiedDifference } from '../src/methods/stratified-difference.ts'
import type { Stratum } from '../src/methods/stratum.ts'
import { timeShiftAllowance } from '../src/methods/time-shift-allowance.ts'
import { weightedLogE } from '../src/methods/weighted-log-e.ts'
import { wilsonInterval } from '../src/methods/wilson-interval.ts'

/** One published or independently computed number; `tol` is relative above 1, absolute below. */
export type VectorCase = { fn: string; input: unknown; expected: unknown; tol: number }

/**
 * Runs a case by the name of its function and returns the answer in the shape of `expected`.
 *
 * @throws for a function this package does not have
 */
export function run(fn: string, input: unknown): unknown {
  const adapter = Object.hasOwn(adapters, fn) ? adapters[fn] : undefined
  if (adapter === undefined) throw new Error(`The analysis package has no function ${fn}.`)
  return adapter(input)
}

// Cases carry plain JSON; each adapter knows the fields of its own function.
// oxlint-disable-next-line typescript/no-explicit-any
type Adapter = (input: any) => unknown

const adapters: Record<string, Adapter> = {
  wilsonInterval: ({ x, n, conf }) => {
    const { low, high } = wilsonInterval({ failures: x, total: n, z: normalQuantile(conf) })
    return [low, high]
  },
  logNdtr: ({ z }) => logNdtr(z),
  normalMixture: (input) => {
    const { oneSided, twoSided } = normalMixture(input)
    return { logE1: oneSided, logE2: twoSided }
  },
  engineALogE,
  mixtureBound,
  bestRho,
  stratifiedDifference: ({ minutes, phiRef }) =>
    stratifiedDifference({ minutes: minutes.map(strataOf), phiRef }),
  mantelHaenszelRatio: ({ strata }) => mantelHaenszelRatio(strataOf(strata)),
  rateRatioLogE: ({ minutes, phi, theta0 = 1 }) =>
    rateRatioLogE({ minutes: minutes.map(strataOf), phi, theta0 }),
  expectedStratumE,
  weightedLogE,
  eBH,
  histogramQuantile,
  dkwBand,
  designEffect: (input) => designEffect(input) ?? 3,
  timeShiftAllowance: ({ logRatios }) => timeShiftAllowance(logRatios),
  etaMinutes,
  eDivisiveQ,
  eDivisiveBest: ({ z }) => eDivisiveBest(z),
  burnRate,
  burnThreshold,
  absenceLuck,
  absenceExposure,
  rateRatioInterval: ({ conf, ...counts }) => {
    const { low, high } = rateRatioInterval({ ...counts, confidence: conf })
    return [low, high]
  },
  logOddsDirichlet,
  probSuperiority: ({ new: candidate, old }) => probSuperiority(candidate, old),
}

function strataOf(rows: [number, number, number, number][]): Stratum[] {
  return rows.map(([n1, x1, n0, x0]) => ({ n1, x1, n0, x0 }))
}

/** z with `confidence` of a standard normal within ±z, by bisection on its logarithm. */
function normalQuantile(confidence: number): number {
  assert(confidence > 0 && confidence < 1)
  const target = Math.log((1 - confidence) / 2)
  let low = 0
  let high = 40
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2
    if (logNdtr(-middle) > target) low = middle
    else high = middle
  }
  return low
}
