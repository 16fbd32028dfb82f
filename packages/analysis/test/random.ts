/**
 * Seeded random numbers for simulations: xoshiro128** seeded through splitmix32, so a run is
 * repeated by its seed on any machine.
 *
 * @see Blackman & Vigna, ACM Trans. Math. Softw. 47 (2021) 36
 */
export class Random {
  readonly #state: Uint32Array

  constructor(seed: number) {
    let mixed = seed >>> 0
    this.#state = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) >>> 0
      let z = mixed
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) >>> 0
    })
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    let [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = this.#state
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0
    const shifted = s1 << 9
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    this.#state.set([s0, s1, s2 ^ shifted, rotate(s3, 11)])
    return (result + 0.5) / 2 ** 32
  }

  /** Standard normal (Box & Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Exact below a mean of 500, by counting exponential gaps in pieces; rounded normal above. */
  poisson(mean: number): number {
    if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()))
    let count = 0
    let left = mean
    while (left > 0) {
      const piece = Math.min(left, 30)
      left -= piece
      const limit = Math.exp(-piece)
      for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1
    }
    return count
  }

  /** Exact: counts the gaps between successes. */
  binomial(n: number, p: number): number {
    if (p <= 0) return 0
    if (p >= 1) return n
    if (p > 0.5) return n - this.binomial(n, 1 - p)
    const logMiss = Math.log1p(-p)
    let count = 0
    for (let at = 0; ;) {
      at += Math.floor(Math.log(this.uniform()) / logMiss) + 1
      if (at > n) return count
      count += 1
    }
  }

  /** Gamma of mean 1 and the given variance (Marsaglia & Tsang 2000; shape ≥ 1 boosted below). */
  gamma(variance: number): number {
    const shape = 1 / variance
    return this.#gammaOfShape(shape) / shape
  }

  #gammaOfShape(shape: number): number {
    if (shape < 1) return this.#gammaOfShape(shape + 1) * this.uniform() ** (1 / shape)
    const d = shape - 1 / 3
    for (;;) {
      const x = this.normal()
      const v = (1 + x / Math.sqrt(9 * d)) ** 3
      if (v > 0 && Math.log(this.uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v))
        return d * v
    }
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
