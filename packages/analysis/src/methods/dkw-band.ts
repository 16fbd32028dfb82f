/**
 * Half-width of a band around an empirical distribution function that holds for all sample sizes
 * at once, with probability 1 − alpha, for independent values.
 *
 * @param t sample size, ≥ 1
 * @see Howard & Ramdas, Bernoulli 28 (2022) 1704, corollary 2
 */
export function dkwBand({ t, alpha }: { t: number; alpha: number }): number {
  return 0.85 * Math.sqrt((Math.log1p(Math.log(t)) + 0.8 * Math.log(1612 / alpha)) / t)
}
