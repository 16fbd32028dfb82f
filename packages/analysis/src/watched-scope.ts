import type { MinuteTerms } from './minute-terms.ts'
import { RecentTerms } from './recent-terms.ts'
import { ScopeStart } from './scope-start.ts'
import type { ScopeRule } from './scope-start.ts'
import { LogSum } from './weighted-log-e.ts'

/** Faults that begin late are caught by restarts: every two hours, each watched for a day. */
const RESTART_MINUTES = 120
const RESTARTS = 168
const WATCHED_MINUTES = 24 * 60
const FIRST_WEIGHT = 0.5
const RESTART_WEIGHT = 0.5 / RESTARTS

/**
 * An e-value in two parts: `open`, the logarithm of what lies past the effect gate, and `closed`,
 * not a logarithm, the rest, at most 1.
 */
export type GatedE = { open: number; closed: number }

/**
 * One measure of a service or an operation, watched from the first judged minute and from every
 * restart after it. The e-value is the mean over all starts, so a fault from hour 27 is found in an
 * hour, not after as long again.
 *
 * @see Shin, Ramdas & Rinaldo, e-detectors, NEJSDS 2 (2024) 229
 */
export class WatchedScope {
  readonly first: ScopeStart
  readonly recent = new RecentTerms()
  readonly #firstMinute: number
  #watched: { start: ScopeStart; untilMinute: number }[] = []
  #begun = 0
  readonly #frozenOpen = new LogSum()
  #frozenClosed = 0
  #frozenBest: ScopeStart | undefined

  /** @param firstMinute first judged minute of the comparison: restarts are counted from it */
  constructor(rule: ScopeRule, firstMinute: number) {
    this.first = new ScopeStart(rule, FIRST_WEIGHT)
    this.#firstMinute = firstMinute
  }

  get rule(): ScopeRule {
    return this.first.rule
  }

  /** Adds a minute; minutes come in ascending order. */
  add(minute: number, terms: MinuteTerms): void {
    if (!terms.compared) return
    this.#freezeUntil(minute)
    this.#begin(minute)
    this.first.add(terms)
    this.recent.add(terms)
    for (const { start } of this.#watched) start.add(terms)
  }

  #begin(minute: number): void {
    const newest = Math.min(RESTARTS, Math.floor((minute - this.#firstMinute) / RESTART_MINUTES))
    while (this.#begun < newest) {
      this.#begun += 1
      const untilMinute = this.#firstMinute + this.#begun * RESTART_MINUTES + WATCHED_MINUTES
      // A restart whose day passed without data has learned nothing: its e-value stays 1.
      if (untilMinute <= minute) this.#frozenClosed += RESTART_WEIGHT
      else this.#watched.push({ start: new ScopeStart(this.rule, RESTART_WEIGHT), untilMinute })
    }
  }

  /** A stopped e-process is one: after a day a restart keeps the value it has. */
  #freezeUntil(minute: number): void {
    while (this.#watched[0] !== undefined && this.#watched[0].untilMinute <= minute) {
      const { start } = this.#watched.shift()!
      if (!start.isPastGate) {
        this.#frozenClosed += RESTART_WEIGHT * Math.min(1, Math.exp(start.logE))
        continue
      }
      this.#frozenOpen.add(start.logE, RESTART_WEIGHT)
      if (start.logE > (this.#frozenBest?.logE ?? 0)) this.#frozenBest = start
    }
  }

  /**
   * The mean e-value over all starts. One whose effect is below the gate counts at most 1, however
   * sure its effect is: +0.01 points at 10⁹ requests is no patch.
   *
   * @param exact false bounds the part below the gate by its weight: cheap, and mostly enough
   */
  eValue(exact: boolean): GatedE {
    const open = new LogSum()
    let closed = this.#frozenClosed + (RESTARTS - this.#begun) * RESTART_WEIGHT
    open.add(this.#frozenOpen.log, 1)
    const add = (start: ScopeStart) => {
      if (start.isPastGate) open.add(start.logE, start.weight)
      else closed += start.weight * (exact ? Math.min(1, Math.exp(start.logE)) : 1)
    }
    add(this.first)
    for (const { start } of this.#watched) add(start)
    return { open: open.log, closed }
  }

  /** ln of the e-value. */
  get logE(): number {
    return logOf(this.eValue(true))
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

export function logOf({ open, closed }: GatedE): number {
  const sum = new LogSum()
  sum.add(open, 1)
  sum.add(0, closed)
  return sum.log
}

/** ln(weight · E), after the gate. */
function weighted(start: ScopeStart): number {
  return Math.log(start.weight) + (start.isPastGate ? start.logE : Math.min(0, start.logE))
}
