import type { Policy } from '../policy/policy.ts'

/**
 * Requests and failures of each instance of the service in the minutes of the comparison: of the
 * candidate, and of the baseline where it served the same minutes. Rows of one minute, instance and
 * arm add up; their order does not matter.
 */
export type InstanceMinutes = {
  /** Names; `instance` below is an index into them. */
  instances: string[]
  /** By instance: its spans came from more than five minutes ahead of their arrival. */
  skewed: boolean[]
  minute: Int32Array
  instance: Uint16Array
  arm: Uint8Array
  requests: Float64Array
  failures: Float64Array
}

export type InstanceCounts = { requests: number; failures: number }

/** What of a minute is not judged, by arm. */
export type LeftOut = [baseline: InstanceCounts, candidate: InstanceCounts]

/**
 * What instances tell: which of them are too young to be judged, or have a clock that lies, and which
 * one carries nearly all of what the release is accused of.
 */
export class Instances {
  readonly #policy: Policy
  readonly #leftOut = new Map<number, LeftOut>()
  /** Judged counts of the candidate's instances by minute, ascending. */
  readonly #rows: { minute: number; instance: number; requests: number; failures: number }[] = []
  readonly #names: string[]
  readonly #sums: InstanceCounts[]
  readonly #skewed: { share: number; names: string[] }
  #row = 0

  constructor(minutes: InstanceMinutes | null, from: { fromMinute: number; policy: Policy }) {
    this.#policy = from.policy
    this.#names = minutes?.instances ?? []
    this.#sums = this.#names.map(() => ({ requests: 0, failures: 0 }))
    this.#skewed = { share: 0, names: [] }
    if (minutes === null) return

    const firstMinutes = firstMinutesOf(minutes)
    let requests = 0
    let skewedRequests = 0
    for (let row = 0; row < minutes.minute.length; row += 1) {
      const minute = minutes.minute[row]!
      const instance = minutes.instance[row]!
      const counts = { requests: minutes.requests[row]!, failures: minutes.failures[row]! }
      const first = firstMinutes[instance]!
      // Who was there when the comparison began was there before: its own warm-up is the release's.
      const isWarming = first > from.fromMinute && minute < first + from.policy.warmupMinutes
      const isSkewed = minutes.skewed[instance]!
      const isCandidate = minutes.arm[row] === 1
      if (isCandidate) requests += counts.requests
      if (isCandidate && isSkewed) skewedRequests += counts.requests
      if (isWarming || isSkewed) this.#leaveOut(minute, isCandidate ? 1 : 0, counts)
      else if (isCandidate) this.#rows.push({ minute, instance, ...counts })
    }
    this.#rows.sort((a, b) => a.minute - b.minute)
    this.#skewed = {
      share: requests === 0 ? 0 : skewedRequests / requests,
      names: this.#names.filter((_, instance) => minutes.skewed[instance]),
    }
  }

  #leaveOut(minute: number, arm: 0 | 1, counts: InstanceCounts): void {
    const none = () => ({ requests: 0, failures: 0 })
    const leftOut = this.#leftOut.get(minute) ?? [none(), none()]
    leftOut[arm].requests += counts.requests
    leftOut[arm].failures += counts.failures
    this.#leftOut.set(minute, leftOut)
  }

  /** What of a minute comes from instances that are not judged; undefined for nothing. */
  leftOutOf(minute: number): LeftOut | undefined {
    return this.#leftOut.get(minute)
  }

  /** Takes in the counts up to a judged minute. */
  add(minute: number): void {
    for (; (this.#rows[this.#row]?.minute ?? Infinity) <= minute; this.#row += 1) {
      const { instance, requests, failures } = this.#rows[this.#row]!
      this.#sums[instance]!.requests += requests
      this.#sums[instance]!.failures += failures
    }
  }

  /**
   * The one instance that carries nearly all failures beyond a rate: a machine, not a release.
   *
   * @param rate what the baseline's would have been
   * @returns null where no instance stands out, or there are too few to tell
   */
  outlier(rate: number): string | null {
    const { outlierShare, outlierInstancesMin } = this.#policy.instances
    const serving = this.#sums.filter(({ requests }) => requests > 0)
    if (serving.length < outlierInstancesMin) return null
    const excess = this.#sums.map(({ requests, failures }) => failures - rate * requests)
    const total = excess.reduce((sum, value) => sum + value, 0)
    const worst = excess.reduce((at, value, k) => (value > excess[at]! ? k : at), 0)
    if (total <= 0 || excess[worst]! <= outlierShare * total) return null
    return this.#names[worst]!
  }

  /** Whose clocks lie. */
  get skewed(): string[] {
    return this.#skewed.names
  }

  /** So much of the release comes from clocks that lie that the rest is not the release. */
  get tooSkewed(): boolean {
    return this.#skewed.share > 0.5
  }
}

function firstMinutesOf({ instances, minute, instance, requests }: InstanceMinutes): number[] {
  const first = instances.map(() => Infinity)
  for (let row = 0; row < minute.length; row += 1) {
    if (requests[row]! <= 0) continue
    first[instance[row]!] = Math.min(first[instance[row]!]!, minute[row]!)
  }
  return first
}
