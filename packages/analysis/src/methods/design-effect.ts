/**
 * Design effect φ of a series of counts: how much more its batches vary than independent requests
 * would. 1 = not at all; at most 10,000.
 *
 * In windows of 4 hours (day and season stay outside) and for batches of 1, 5 and 15 minutes, the
 * standardised counts, less a linear trend, are compared with the binomial variance; the largest
 * batch length wins, so slow correlation counts too. What still correlates between batches of 15
 * minutes is extrapolated as a first-order autoregression.
 *
 * @param n exposure per minute, consecutive minutes, 0 where nothing was served
 * @param x events per minute, or sums of scores
 * @param varianceOf events of independent units: binomial unless said otherwise
 * @returns undefined where events are too rare (below 0.2 per batch) to tell
 * @see Wedderburn, Biometrika 61 (1974) 439; Alexopoulos & Seila, Proc. WSC (1996) 45
 */
export function designEffect(
  { n, x }: CountSeries,
  varianceOf: UnitVariance = binomialVariance,
): number | undefined {
  const effects = BATCH_MINUTES.flatMap((length) => {
    const effect = batchEffect({ n, x }, length, varianceOf)
    return effect === undefined ? [] : [effect]
  })
  return effects.length === 0 ? undefined : Math.min(EFFECT_MAX, Math.max(1, ...effects))
}

export type CountSeries = { n: ArrayLike<number>; x: ArrayLike<number> }

/** Variance of x of one unit of n, given the mean of a window. */
export type UnitVariance = (mean: number) => number

const binomialVariance: UnitVariance = (rate) => rate * (1 - rate)
/** Of events over an exposure of another kind. */
export const poissonVariance: UnitVariance = (rate) => rate

/**
 * A share of half the requests that drifts by a sixth has a design effect of 800 at 25 requests a
 * second. A ceiling of 100 made every other healthy release of such a service a suspect.
 */
const EFFECT_MAX = 10_000
const WINDOW_MINUTES = 240
const BATCH_MINUTES = [1, 5, 15]
/** Fewer batches in a window make its variance a guess. */
const BATCHES_MIN = 8
/** Below this mean variance a batch, counts are too coarse for a standardised square. */
const VARIANCE_MIN = 0.2

function batchEffect(
  series: CountSeries,
  length: number,
  varianceOf: UnitVariance,
): number | undefined {
  const residuals: number[][] = []
  let variance = 0
  let batches = 0
  for (let from = 0; from < series.n.length; from += WINDOW_MINUTES) {
    const window = standardised(series, { from, length }, varianceOf)
    if (window.z.length < BATCHES_MIN) continue
    residuals.push(detrended(window.z))
    variance += window.variance
    batches += window.z.length
  }
  if (residuals.length === 0 || variance / batches < VARIANCE_MIN) return undefined
  const effects = residuals.map((z) => sumOf(z.map((value) => value ** 2)) / (z.length - 2))
  return median(effects) * (length === 15 ? autoregression(residuals, batches) : 1)
}

/** z of the complete batches of one window, and the sum of their binomial variances. */
function standardised(
  { n, x }: CountSeries,
  at: { from: number; length: number },
  varianceOf: UnitVariance,
) {
  const until = Math.min(at.from + WINDOW_MINUTES, n.length)
  let total = 0
  let events = 0
  for (let minute = at.from; minute < until; minute += 1) {
    total += n[minute] ?? 0
    events += x[minute] ?? 0
  }
  const rate = total === 0 ? 0 : events / total
  const unitVariance = varianceOf(rate)
  const z: number[] = []
  let variance = 0
  for (let start = at.from; start + at.length <= until; start += at.length) {
    let batchTotal = 0
    let batchEvents = 0
    for (let minute = start; minute < start + at.length; minute += 1) {
      batchTotal += n[minute] ?? 0
      batchEvents += x[minute] ?? 0
    }
    if (batchTotal === 0) continue
    const batchVariance = batchTotal * unitVariance
    variance += batchVariance
    z.push(batchVariance === 0 ? 0 : (batchEvents - batchTotal * rate) / Math.sqrt(batchVariance))
  }
  return { z, variance }
}

/** Residuals of the least-squares line through equally spaced values. */
function detrended(z: number[]): number[] {
  const middle = (z.length - 1) / 2
  const mean = sumOf(z) / z.length
  const slope =
    sumOf(z.map((value, k) => (k - middle) * (value - mean))) /
    sumOf(z.map((_, k) => (k - middle) ** 2))
  return z.map((value, k) => value - mean - slope * (k - middle))
}

/** (1+ρ)/(1−ρ) of the lag-1 correlation of 15-minute batches; 1 where it is not there. */
function autoregression(residuals: number[][], batches: number): number {
  const squares = sumOf(residuals.flat().map((value) => value ** 2)) / batches
  if (squares === 0) return 1
  const products = residuals.flatMap((z) => z.slice(1).map((value, k) => value * (z[k] ?? 0)))
  // Detrending 16 batches biases the correlation down by about 2/16.
  const rho = sumOf(products) / products.length / squares + 2 / 16
  if (rho <= 2 / Math.sqrt(batches)) return 1
  const bounded = Math.min(0.8, rho)
  return (1 + bounded) / (1 - bounded)
}

function sumOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}
