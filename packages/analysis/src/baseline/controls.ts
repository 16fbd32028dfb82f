import { MinuteTerms } from '../watch/minute-terms.ts'
import { minimumEffect } from '../signals/measures.ts'
import type { PairedWindow } from './choose-baseline.ts'
import type { Control, ControlMinutes } from '../verdict/judgement.ts'
import type { Policy } from '../policy/policy.ts'
import { referenceOf } from './reference.ts'
import { scopeAllowance } from './time-shift.ts'
import { WatchedScope } from '../watch/watched-scope.ts'

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
  readonly #pairs: PairedWindow[]
  #pair = 0

  constructor(controls: Control[], input: ControlsInput) {
    this.#policy = input.policy
    this.#pairs = input.pairs
    this.#watched = controls
      .filter((control) => requestsOf(control) >= input.policy.requestsMin.errors)
      .toSorted((a, b) => (a.service < b.service ? -1 : 1))
      .map((control) => new WatchedControl(control, input))
  }

  get enough(): boolean {
    return this.#watched.length >= this.#policy.controlsMin
  }

  /** Adds a minute of every control; minutes come in ascending order. */
  add(minute: number): void {
    while (minute >= (this.#pairs[this.#pair]?.untilMinute ?? Infinity)) this.#pair += 1
    const pair = this.#pairs[this.#pair]
    const matched = pair !== undefined && minute >= pair.fromMinute
    for (const control of this.#watched) {
      if (this.#pairs.length === 0) control.add(minute, control.meanMinute)
      else if (matched) control.add(minute, control.minuteAt(minute - pair.minutesBack))
    }
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

export type ControlsInput = {
  firstMinute: number
  /** Where the release is compared with the same minutes of earlier weeks, so are the controls. */
  pairs: PairedWindow[]
  policy: Policy
}

type Counts = { requests: number; failures: number }

class WatchedControl {
  /** Of the reference; at least one failure, else the first is infinitely more. */
  readonly meanMinute: Counts
  readonly #scope: WatchedScope
  readonly #terms = new MinuteTerms()
  readonly #minutes: Map<number, Counts>
  readonly #past: Map<number, Counts>
  readonly #p0: number
  readonly #recent: { now: Counts; before: Counts }[] = []

  constructor({ reference, comparison }: Control, input: ControlsInput) {
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
    const events = Math.max(1, share.events)
    const minutes = Math.max(1, before.minutes)
    this.#p0 = events / share.requests
    this.meanMinute = { requests: share.requests / minutes, failures: events / minutes }
    this.#minutes = byMinute(comparison)
    this.#past = byMinute(reference)
  }

  minuteAt(minute: number): Counts | undefined {
    return this.#past.get(minute)
  }

  add(minute: number, before: Counts | undefined): void {
    const now = this.#minutes.get(minute)
    if (now === undefined || before === undefined) return
    const { kappa } = this.#scope.rule
    const allowed = kappa * this.#p0
    this.#terms.clear()
    this.#terms.add(
      now.requests,
      now.failures,
      before.requests,
      before.failures,
      allowed,
      1 + kappa,
    )
    this.#scope.add(minute, this.#terms)
    this.#recent.push({ now, before })
    if (this.#recent.length > RECENT_MINUTES) this.#recent.shift()
  }

  get logE(): number {
    return this.#scope.logE
  }

  get recentLogRatio(): number {
    const now = { requests: 0, failures: 0 }
    const before = { requests: 0, failures: 0 }
    for (const minute of this.#recent) {
      now.requests += minute.now.requests
      now.failures += minute.now.failures
      before.requests += minute.before.requests
      before.failures += minute.before.failures
    }
    return now.requests === 0 ? 0 : Math.log(smoothedRate(now) / smoothedRate(before))
  }
}

function smoothedRate({ requests, failures }: Counts): number {
  return (failures + 0.5) / (requests + 1)
}

function byMinute({ minute, requests, failures }: ControlMinutes): Map<number, Counts> {
  return new Map(
    Array.from(minute, (at, row) => [at, { requests: requests[row]!, failures: failures[row]! }]),
  )
}

function requestsOf(control: Control): number {
  return control.reference.requests.reduce((sum, requests) => sum + requests, 0)
}
