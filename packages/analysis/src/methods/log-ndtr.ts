/**
 * ln Φ(z), the logarithm of the standard normal distribution function, for every finite z.
 *
 * Φ itself underflows near z = −38, and mixtures of e-values need its logarithm far beyond. Three
 * ranges: a power series around 0, the upper tail as log1p, and the lower tail as density times
 * Mills ratio, which never underflows because only logarithms are added.
 *
 * @see Abramowitz & Stegun 1964, 26.2.11 (series) and 26.2.14 (continued fraction)
 */
export function logNdtr(z: number): number {
  if (z < -SERIES_LIMIT) return logDensity(z) + Math.log(millsRatio(-z))
  if (z > SERIES_LIMIT) return Math.log1p(-Math.exp(logDensity(z)) * millsRatio(z))
  return Math.log(0.5 + centralSeries(z))
}

/** Below 3 the series loses fewer than 3 digits; above, 30 terms of the fraction are exact. */
const SERIES_LIMIT = 3
const FRACTION_TERMS = 30
const LOG_SQRT_2_PI = 0.9189385332046727

function logDensity(z: number): number {
  return -(z * z) / 2 - LOG_SQRT_2_PI
}

/** Φ(z) − ½ as φ(z)·(z + z³/3 + z⁵/15 + …): every term has the sign of z. */
function centralSeries(z: number): number {
  let term = z
  let sum = z
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (z * z) / odd
    sum += term
  }
  return Math.exp(logDensity(z)) * sum
}

/** (1 − Φ(t))/φ(t) = 1/(t + 1/(t + 2/(t + 3/(t + …)))) for t > 0, from the inside out. */
function millsRatio(t: number): number {
  let tail = t
  for (let k = FRACTION_TERMS; k >= 1; k -= 1) tail = t + k / tail
  return 1 / tail
}
