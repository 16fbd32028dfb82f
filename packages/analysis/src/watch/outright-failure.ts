import { EngineSums } from './engine-sums.ts'
import type { SumsSince } from './engine-sums.ts'
import type { MinuteTerms } from './minute-terms.ts'
import type { Policy } from '../policy/policy.ts'

/**
 * A release that fails far more than its baseline in each of several minutes running, warm-up
 * included: named about four minutes after its first request.
 */
export class OutrightFailure {
  readonly #policy: Policy
  readonly #sums: EngineSums
  readonly #since: SumsSince
  #running = 0

  constructor(phi: number, policy: Policy) {
    this.#policy = policy
    this.#sums = new EngineSums(phi)
    this.#since = this.#sums.since('first')
  }

  /**
   * @param terms errors of the whole service in this minute, without any allowance for drift
   * @param candidate requests and failures of the candidate in this minute
   * @param baselineRate error rate it is compared with
   */
  add(
    minute: number,
    terms: MinuteTerms,
    candidate: { requests: number; failures: number },
    baselineRate: number,
  ): void {
    const { requestsMin, errorRateAbove } = this.#policy.outright
    this.#sums.add(minute, terms)
    const above = candidate.failures / candidate.requests - baselineRate >= errorRateAbove
    this.#running = candidate.requests >= requestsMin && above ? this.#running + 1 : 0
  }

  get holds(): boolean {
    const { minutes, logE } = this.#policy.outright
    if (this.#running < minutes) return false
    return this.#since.rateRatioLogE(this.#since.laggedPhi) >= logE
  }
}
