/**
 * Seeded random numbers for simulations: xoshiro128** seeded through splitmix32, so a run is
 * repeated by its seed on any machine. All discrete draws are exact and cost the same for any mean.
 *
 * @see Blackman & Vigna, ACM Trans. Math. Softw. 47 (2021) 36
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number) {
    let mixed = seed >>> 0
    const next = () => {
      mixed = (mixed + 0x9e3779b9) >>> 0
      let z = mixed
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return z ^ (z >>> 15)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next()
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotate(this.#d, 11)
    return (result + 0.5) / 2 ** 32
  }

  /** Standard normal (Box & Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Of mean 1 and about the given standard deviation of its logarithm. */
  logNormal(sd: number): number {
    return Math.exp(sd * this.normal() - (sd * sd) / 2)
  }

  /**
   * Transformed rejection from a mean of 10 on, below it by multiplying uniforms.
   *
   * @see Hörmann, Insurance: Mathematics and Economics 12 (1993) 39, algorithm PTRS
   */
  poisson(mean: number): number {
    if (mean < SMALL_MEAN) {
      const limit = Math.exp(-mean)
      let count = 0
      for (let product = this.uniform(); product > limit; product *= this.uniform()) count += 1
      return count
    }
    const b = 0.931 + 2.53 * Math.sqrt(mean)
    const a = -0.059 + 0.02483 * b
    const logMean = Math.log(mean)
    const logAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4))
    const squeeze = 0.9277 - 3.6224 / (b - 2)
    for (;;) {
      const u = this.uniform() - 0.5
      const v = this.uniform()
      const tail = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / tail + b) * u + mean + 0.43)
      if (tail >= 0.07 && v <= squeeze) return k
      if (k < 0 || (tail < 0.013 && v > tail)) continue
      const logV = Math.log(v) + logAlpha - Math.log(a / (tail * tail) + b)
      if (logV <= k * logMean - mean - logFactorial(k)) return k
    }
  }

  /**
   * Transformed rejection from a mean of 10 on, below it by walking up the distribution.
   *
   * @see Hörmann, J. Stat. Comput. Simul. 46 (1993) 101, algorithm BTRS
   */
  binomial(n: number, p: number): number {
    if (p <= 0 || n === 0) return 0
    if (p >= 1) return n
    if (p > 0.5) return n - this.binomial(n, 1 - p)
    return n * p < SMALL_MEAN ? this.#binomialByInversion(n, p) : this.#binomialByRejection(n, p)
  }

  #binomialByInversion(n: number, p: number): number {
    const odds = p / (1 - p)
    let left = this.uniform()
    let mass = Math.exp(n * Math.log1p(-p))
    let k = 0
    for (; left > mass && k < n; k += 1) {
      left -= mass
      mass *= (odds * (n - k)) / (k + 1)
    }
    return k
  }

  #binomialByRejection(n: number, p: number): number {
    const deviation = Math.sqrt(n * p * (1 - p))
    const b = 1.15 + 2.53 * deviation
    const a = -0.0873 + 0.0248 * b + 0.01 * p
    const alpha = (2.83 + 5.1 / b) * deviation
    const squeeze = 0.92 - 4.2 / b
    const logOdds = Math.log(p / (1 - p))
    const mode = Math.floor((n + 1) * p)
    const logMode = logFactorial(mode) + logFactorial(n - mode)
    for (;;) {
      const u = this.uniform() - 0.5
      const v = this.uniform()
      const tail = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / tail + b) * u + n * p + 0.5)
      if (tail >= 0.07 && v <= squeeze) return k
      if (k < 0 || k > n) continue
      const logV = Math.log((v * alpha) / (a / (tail * tail) + b))
      if (logV <= logMode - logFactorial(k) - logFactorial(n - k) + (k - mode) * logOdds) return k
    }
  }

  /** Number of trials up to the first success, of the given mean ≥ 1. */
  geometric(mean: number): number {
    return mean <= 1 ? 1 : 1 + Math.floor(Math.log(this.uniform()) / Math.log1p(-1 / mean))
  }

  /** Gamma of mean 1 and the given variance (Marsaglia & Tsang 2000; shape ≥ 1 boosted below). */
  gamma(variance: number): number {
    if (variance <= 0) return 1
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

const SMALL_MEAN = 10

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

const LOG_FACTORIALS = new Float64Array(64)
for (let k = 2; k < LOG_FACTORIALS.length; k += 1) {
  LOG_FACTORIALS[k] = LOG_FACTORIALS[k - 1]! + Math.log(k)
}
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** ln k!; Stirling's series is exact to 10⁻¹³ beyond the table. */
function logFactorial(k: number): number {
  if (k < LOG_FACTORIALS.length) return LOG_FACTORIALS[k]!
  const n = k + 1
  return (n - 0.5) * Math.log(n) - n + HALF_LOG_TWO_PI + (1 / 12 - 1 / (360 * n * n)) / n
}
