/** Numbers in [0, 1). */
export type Random = () => number

/**
 * A generator of its own for every name, so that what happens to a request depends on the
 * request and not on the order in which the machine came to it.
 *
 * @see FNV-1a (Fowler, Noll, Vo) for the seed; mulberry32 (Ettinger, 2017) for the numbers
 */
export function randomOf(name: string): Random {
  let state = 0x811c9dc5
  for (let i = 0; i < name.length; i++) {
    state = Math.imul(state ^ name.charCodeAt(i), 0x01000193)
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws from a Poisson distribution: arrivals in a minute. Knuth's method, for means below 100. */
export function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean)
  let product = random()
  let count = 0
  while (product > limit) {
    product *= random()
    count++
  }
  return count
}

/** Draws from a log-normal distribution, the usual shape of latencies. Box–Muller. */
export function logNormal({ median, sigma }: { median: number; sigma: number }, random: Random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * random()))
}
