import type { Policy } from '../policy/policy.ts'

/** Requests that make ten minutes long enough to say that an arm has left. */
const REQUESTS_MIN = 20
const SHORT_MINUTES = 10
const LONG_MINUTES = 60

/**
 * Tells, from traffic alone, whether the baseline still serves beside the candidate.
 *
 * A minute without baseline requests says nothing where traffic is low, so shares are taken over
 * ten minutes, or sixty.
 */
export class LeavingBaseline {
  readonly #policy: Policy
  readonly #minutes: { minute: number; candidate: number; baseline: number }[] = []

  constructor(policy: Policy) {
    this.#policy = policy
  }

  /** Adds a minute's requests of both arms. */
  add(minute: number, candidate: number, baseline: number): void {
    this.#minutes.push({ minute, candidate, baseline })
    while (this.#minutes[0]!.minute <= minute - LONG_MINUTES) this.#minutes.shift()
  }

  /** Whether the baseline has left by the last minute added. */
  get hasLeft(): boolean {
    const short = this.#share(SHORT_MINUTES)
    const share = short.total >= REQUESTS_MIN ? short : this.#share(LONG_MINUTES)
    return share.total > 0 && share.baseline < this.#policy.leavingShare * share.total
  }

  #share(minutes: number): { total: number; baseline: number } {
    const from = (this.#minutes.at(-1)?.minute ?? 0) - minutes
    const sums = { total: 0, baseline: 0 }
    for (let at = this.#minutes.length - 1; at >= 0; at -= 1) {
      const row = this.#minutes[at]!
      if (row.minute <= from) break
      sums.total += row.candidate + row.baseline
      sums.baseline += row.baseline
    }
    return sums
  }
}
