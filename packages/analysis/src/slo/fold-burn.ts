import { BURN_RULES, LONGEST_WINDOW_MINUTES, isFiring } from './burn-rules.ts'
import type { Objective, RuleWindows, SliCount } from './burn-rules.ts'

/** Counts by minute, ascending. A minute without requests is not there: no data, not a good one. */
export type SliMinutes = {
  minute: ArrayLike<number>
  total: ArrayLike<number>
  bad: ArrayLike<number>
}

export type BurnFold = {
  /** Which rules fire after the last minute, in the order of BURN_RULES. */
  firing: boolean[]
  /** Windows of each rule that end with the last minute. */
  windows: RuleWindows[]
  /** What began and ended, in order. `minute` is the first one in the changed state. */
  events: BurnEvent[]
}
export type BurnEvent = { rule: number; minute: number; event: 'fired' | 'cleared' }

export type BurnFoldInput = {
  minutes: SliMinutes
  /** First minute to look at; windows reach back before it as far as `minutes` does. */
  fromMinute: number
  /** Exclusive. */
  untilMinute: number
  objective: Objective
  /** Which rules fired before `fromMinute`; none if left out. */
  firing?: readonly boolean[]
}

/**
 * Looks at every rule after every minute, in order. Pure: over one stretch or over many with `firing`
 * handed on, the events are the same.
 */
export function foldBurn(input: BurnFoldInput): BurnFold {
  const { fromMinute, untilMinute, objective } = input
  const sums = runningSums(input)
  let firing = BURN_RULES.map((_, rule) => input.firing?.[rule] ?? false)
  const events: BurnEvent[] = []
  for (let minute = fromMinute; minute < untilMinute; minute += 1) {
    firing = BURN_RULES.map((rule, place) => {
      const fires = isFiring(rule, sums.windowsOf(place, minute), objective, firing[place]!)
      if (fires !== firing[place]) {
        events.push({ rule: place, minute, event: fires ? 'fired' : 'cleared' })
      }
      return fires
    })
  }
  const windows = BURN_RULES.map((_, place) => sums.windowsOf(place, untilMinute - 1))
  return { firing, windows, events }
}

/** Sums up to each minute, from the longest window before the first: any window is a difference. */
function runningSums({ minutes, fromMinute, untilMinute }: BurnFoldInput) {
  const first = fromMinute - LONGEST_WINDOW_MINUTES
  const length = Math.max(0, untilMinute - first)
  const total = new Float64Array(length + 1)
  const bad = new Float64Array(length + 1)
  for (let row = 0; row < minutes.minute.length; row += 1) {
    const at = minutes.minute[row]! - first
    if (at < 0 || at >= length) continue
    total[at + 1]! += minutes.total[row]!
    bad[at + 1]! += minutes.bad[row]!
  }
  for (let at = 1; at <= length; at += 1) {
    total[at]! += total[at - 1]!
    bad[at]! += bad[at - 1]!
  }
  const windowOf = (size: number, minute: number): SliCount => {
    const end = Math.max(0, minute + 1 - first)
    const start = Math.max(0, end - size)
    return { total: total[end]! - total[start]!, bad: bad[end]! - bad[start]! }
  }
  return {
    windowsOf: (rule: number, minute: number): RuleWindows => ({
      long: windowOf(BURN_RULES[rule]!.longMinutes, minute),
      short: windowOf(BURN_RULES[rule]!.shortMinutes, minute),
    }),
  }
}

/** Firings as stretches; one that goes on has no end. */
export type Firing = { rule: number; fromMinute: number; untilMinute: number | null }

export function firingsOf(events: readonly BurnEvent[]): Firing[] {
  const firings: Firing[] = []
  for (const { rule, minute, event } of events) {
    if (event === 'fired') firings.push({ rule, fromMinute: minute, untilMinute: null })
    else {
      const open = firings.findLast((one) => one.rule === rule && one.untilMinute === null)
      if (open !== undefined) open.untilMinute = minute
    }
  }
  return firings
}
