import { EngineSums, START_MINUTES } from './engine-sums.ts'
import type { MinuteTerms } from './minute-terms.ts'
import { RecentTerms } from './recent-terms.ts'
import { ScopeStart } from './scope-start.ts'
import type { ScopeRule } from './scope-start.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** Faults that begin late are caught by restarts: every two hours, each watched for a day. */
const RESTARTS = 168
const WATCHED_MINUTES = 24 * 60
const FIRST_WEIGHT = 0.5
const RESTART_WEIGHT = 0.5 / RESTARTS

/**
 * One measure of a service or an operation, watched from the first judged minute and from every
 * restart after it. The e-value is the mean over all starts, so a fault from hour 27 is found in an
 * hour, not after as long again.
 *
 * @see Shin, Ramdas & Rinaldo, e-detectors, NEJSDS 2 (2024) 229
 */
export class WatchedScope {
  readonly rule: ScopeRule
  readonly first: ScopeStart
  readonly recent = new RecentTerms()
  readonly #sums: EngineSums
  readonly #firstMinute: number
  #watched: { start: ScopeStart; untilMinute: number }[] = []
  #begun = 0
  /** Behind the last minute that was compared. */
  #untilMinute: number
  readonly #frozenOpen = new LogSum()
  #frozenClosed = 0
  #frozenBest: ScopeStart | undefined
  /** Of the minute added last. */
  #exact: number | undefined
  #bound: number | undefined

  /** @param firstMinute first judged minute of the comparison: restarts are counted from it */
  constructor(rule: ScopeRule, firstMinute: number) {
    this.rule = rule
    this.#firstMinute = firstMinute
    this.#untilMinute = firstMinute
    this.#sums = new EngineSums(rule.phi, firstMinute)
    this.first = new ScopeStart(rule, FIRST_WEIGHT, this.#sums.since('first'), {
      fromMinute: firstMinute,
    })
  }

  /** Adds a minute; minutes come in ascending order. */
  add(minute: number, terms: MinuteTerms): void {
    if (!terms.compared) return
    this.#exact = this.#bound = undefined
    this.#sums.advance(minute)
    this.#freezeUntil(minute)
    this.#begin(minute)
    this.#sums.add(minute, terms)
    this.recent.add(terms)
    this.#untilMinute = minute + 1
  }

  #begin(minute: number): void {
    const newest = Math.min(RESTARTS, Math.floor((minute - this.#firstMinute) / START_MINUTES))
    while (this.#begun < newest) {
      this.#begun += 1
      const fromMinute = this.#firstMinute + this.#begun * START_MINUTES
      const untilMinute = fromMinute + WATCHED_MINUTES
      // A restart whose day passed without data has learned nothing: its e-value stays 1.
      if (untilMinute <= minute) {
        this.#frozenClosed += RESTART_WEIGHT
        continue
      }
      const start = new ScopeStart(this.rule, RESTART_WEIGHT, this.#sums.since('now'), {
        fromMinute,
      })
      this.#watched.push({ start, untilMinute })
    }
  }

  /** A stopped e-process is one: after a day a restart keeps the value it has. */
  #freezeUntil(minute: number): void {
    while (this.#watched[0] !== undefined && this.#watched[0].untilMinute <= minute) {
      const { start, untilMinute } = this.#watched.shift()!
      if (!start.isPastGate) {
        this.#frozenClosed += RESTART_WEIGHT * Math.min(1, Math.exp(start.logE))
        continue
      }
      this.#frozenOpen.add(start.logE, RESTART_WEIGHT)
      if (start.logE > (this.#frozenBest?.logE ?? 0)) {
        this.#frozenBest = start.frozen(untilMinute)
      }
    }
  }

  /** Minutes that a start's counts are from. */
  minutesOf({ fromMinute, untilMinute }: ScopeStart): { fromMinute: number; untilMinute: number } {
    return { fromMinute, untilMinute: untilMinute ?? this.#untilMinute }
  }

  /** ln of the mean e-value over all starts. */
  get logE(): number {
    this.#exact ??= this.#mean('exact')
    return this.#exact
  }

  /** Not below `logE`; cheap, and mostly enough. */
  get logEBound(): number {
    this.#bound ??= this.#exact ?? this.#mean('bound')
    return this.#bound
  }

  /**
   * A start whose effect is below the gate counts at most 1, however sure its effect is: +0.01
   * points at 10⁹ requests is no patch.
   */
  #mean(how: 'exact' | 'bound'): number {
    const sum = new LogSum()
    sum.add(0, this.#frozenClosed + (RESTARTS - this.#begun) * RESTART_WEIGHT)
    sum.add(this.#frozenOpen.log, 1)
    addStart(sum, this.first, how)
    for (const { start } of this.#watched) addStart(sum, start, how)
    return sum.log
  }

  /** The start to report: the largest weighted e-value past the gate, else the first. */
  get reported(): ScopeStart {
    let best = this.first
    const restarts = this.#watched.map(({ start }) => start)
    if (this.#frozenBest !== undefined) restarts.unshift(this.#frozenBest)
    for (const start of restarts) {
      if (start.isPastGate && start.logE > 0 && weighted(start) > weighted(best)) best = start
    }
    return best
  }
}

function addStart(sum: LogSum, start: ScopeStart, how: 'exact' | 'bound'): void {
  if (start.isPastGate) sum.add(how === 'exact' ? start.logE : start.logEBound, start.weight)
  else sum.add(how === 'exact' ? Math.min(0, start.logE) : 0, start.weight)
}

/** ln(weight · E), after the gate. */
function weighted(start: ScopeStart): number {
  return Math.log(start.weight) + (start.isPastGate ? start.logE : Math.min(0, start.logE))
}
