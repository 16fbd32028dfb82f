/** Events of an issue and the exposure they came from, before a fix. */
export type Presence = {
  /** Events. */
  x0: number
  /** Exposure they came from: requests or sessions, > 0. */
  n0: number
  /** Design effect of the events, ≥ 1. */
  phi: number
}

/**
 * Chance that an exposure of `n1` shows no event although nothing was fixed: gamma–Poisson, with
 * Jeffreys' prior of the rate. An issue seen once proves little by staying away.
 *
 * @see Hanley & Lippman-Hand, JAMA 249 (1983) 1743; Gelman et al., Bayesian Data Analysis (2013)
 */
export function absenceLuck({ x0, n0, n1, phi }: Presence & { n1: number }): number {
  return (n0 / (n0 + n1)) ** ((x0 + 0.5) / phi)
}

/** Exposure without an event after which `absenceLuck` is down to `luck`. */
export function absenceExposure({ x0, n0, phi, luck }: Presence & { luck: number }): number {
  return n0 * Math.expm1((-Math.log(luck) * phi) / (x0 + 0.5))
}
