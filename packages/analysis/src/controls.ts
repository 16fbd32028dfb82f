import { MinuteTerms } from './minute-terms.ts'
import { minimumEffect } from './measures.ts'
import type { Control } from './judgement.ts'
import type { Policy } from './policy.ts'
import { referenceOf } from './reference.ts'
import { scopeAllowance } from './time-shift.ts'
import { WatchedScope } from './watched-scope.ts'

/** Minutes over which a control's present rate is taken. */
const RECENT_MINUTES = 60
/** A shift of the world explains at most this factor. */
const SHIFT_MAX = 4

/**
 * Services without a deployment, watched over the same two windows as the release. When they get
 * worse too, it is not the release.
 */
export class Controls {
  readonly #watched: WatchedControl[]
  readonly #policy: Policy

  constructor(controls: Control[], input: { firstMinute: number; policy: Policy }) {
    this.#policy = input.policy
    this.#watched = controls
      .filter((control) => requestsOf(control) >= input.policy.requestsMin.errors)
      .toSorted((a, b) => (a.service < b.service ? -1 : 1))
      .map((control) => new WatchedControl(control, input))
  }

  get enough(): boolean {
    return this.#watched.length >= this.#policy.controlsMin
  }

  /** Adds a minute of every control. */
  add(minute: number): void {
    for (const control of this.#watched) control.add(minute)
  }

  /** Factor by which controls fail more often than in the reference, from minutes already added. */
  get shift(): number {
    if (!this.enough) return 1
    const ratios = this.#watched.map((control) => control.recentLogRatio)
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
    // Downwards it would only make a release look worse for what others gained.
    return Math.min(SHIFT_MAX, Math.max(1, Math.exp(mean)))
  }

  /** Whether so many of them got worse that the environment did. */
  get globalShift(): boolean {
    const { controlsMin, globalShiftShare, thresholds } = this.#policy
    const worse = this.#watched.filter(({ logE }) => logE >= Math.log(thresholds.watch)).length
    return worse >= controlsMin && worse >= globalShiftShare * this.#watched.length
  }
}

class WatchedControl {
  readonly #scope: WatchedScope
  readonly #terms = new MinuteTerms()
  readonly #minutes: Map<number, { requests: number; failures: number }>
  readonly #before: { requests: number; events: number; minutes: number }
  readonly #recent: { requests: number; failures: number }[] = []

  constructor({ reference, comparison }: Control, input: { firstMinute: number; policy: Policy }) {
    const { policy, firstMinute } = input
    const zeros = new Float64Array(reference.minute.length)
    const first = reference.minute[0] ?? 0
    const until = (reference.minute.at(-1) ?? -1) + 1
    const before = referenceOf({
      columns: {
        operations: ['all'],
        minute: reference.minute,
        operation: new Uint16Array(reference.minute.length),
        arm: new Uint8Array(reference.minute.length),
        requests: reference.requests,
        failures: reference.failures,
        slow50: zeros,
        slow95: zeros,
        slow99: zeros,
      },
      fromMinute: first,
      untilMinute: until,
    })
    const share = before.measures.errors.pooled
    const kappa = scopeAllowance(share, [], policy)
    const { phi, p0 } = share
    const rule = { phi, p0, kappa, minimumEffect: minimumEffect('errors', p0, policy) }
    this.#scope = new WatchedScope(rule, firstMinute)
    this.#before = {
      requests: share.requests,
      events: Math.max(1, share.events),
      minutes: Math.max(1, before.minutes),
    }
    this.#minutes = new Map(
      Array.from(comparison.minute, (minute, row) => [
        minute,
        { requests: comparison.requests[row]!, failures: comparison.failures[row]! },
      ]),
    )
  }

  add(minute: number): void {
    const now = this.#minutes.get(minute)
    if (now === undefined) return
    const { requests, events, minutes } = this.#before
    const { kappa } = this.#scope.rule
    this.#terms.clear()
    this.#terms.add(
      now.requests,
      now.failures,
      requests / minutes,
      events / minutes,
      (kappa * events) / requests,
      1 + kappa,
    )
    this.#scope.add(minute, this.#terms)
    this.#recent.push(now)
    if (this.#recent.length > RECENT_MINUTES) this.#recent.shift()
  }

  get logE(): number {
    return this.#scope.logE
  }

  get recentLogRatio(): number {
    let requests = 0
    let failures = 0
    for (const minute of this.#recent) {
      requests += minute.requests
      failures += minute.failures
    }
    const now = (failures + 0.5) / (requests + 1)
    const before = (this.#before.events + 0.5) / (this.#before.requests + 1)
    return requests === 0 ? 0 : Math.log(now / before)
  }
}

function requestsOf(control: Control): number {
  return control.reference.requests.reduce((sum, requests) => sum + requests, 0)
}
