import type { SignalId } from '@aftermath/schemas/verdict'
import type { Exactness } from '../watch/comparison.ts'
import { IssuesSignal } from './issues-signal.ts'
import type { JudgeInput } from '../verdict/judgement.ts'
import type { Policy } from '../policy/policy.ts'
import type { SignalSeries } from './signal-change.ts'
import { signalRows } from './signal-rows.ts'
import { StratifiedSignal } from './stratified-signal.ts'
import type { SignalContext, SignalScope } from './stratified-signal.ts'
import type { WatchedScope } from '../watch/watched-scope.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** Signals besides requests as their minutes come in. Costs nothing where there are none. */
export class FurtherSignals {
  readonly stratified: StratifiedSignal[] = []
  readonly issues: IssuesSignal | undefined
  /** In the order of the input, each once. */
  readonly ids: SignalId[]
  readonly #policy: Policy
  #sessionsPassed = false

  constructor(input: JudgeInput) {
    const { baseline, policy } = input
    this.#policy = policy
    const context: SignalContext = {
      window: baseline.reference,
      concurrent: baseline.kind === 'concurrent',
      fromMinute: baseline.comparison.fromMinute,
      firstMinute: baseline.comparison.fromMinute + policy.warmupMinutes,
      policy,
    }
    let issues: IssuesSignal | undefined
    if (baseline.kind !== 'none') {
      for (const signal of input.signals) {
        if (signal.kind === 'issues') {
          issues = new IssuesSignal(signal, context)
          continue
        }
        const rows = signalRows(signal, context.firstMinute, policy)
        if (rows === undefined) continue
        const users = 'users' in signal ? signal.users : null
        this.stratified.push(new StratifiedSignal(rows, users, context))
      }
    }
    this.issues = issues
    const ids = this.stratified.map(({ rows }) => rows.signal)
    this.ids = [
      ...new Set<SignalId>([...ids, ...(issues === undefined ? [] : ['issues' as const])]),
    ]
  }

  /**
   * Adds a minute, with or without requests in it; minutes come in ascending order.
   *
   * @param overTime whether the minute is compared with the past
   */
  add(minute: number, overTime: boolean): void {
    for (const signal of this.stratified) signal.add(minute, overTime)
    this.issues?.add(minute, overTime)
    if (this.#sessionsPassed) return
    // A bound that once lay below the minimum effect holds at all times.
    this.#sessionsPassed = this.#sessions.some((signal) => signal.isBelowMinimum)
  }

  get #sessions(): StratifiedSignal[] {
    return this.stratified.filter(({ isOfSessions }) => isOfSessions)
  }

  /** Whether crash-free sessions passed as a guardrail; undefined where the reference had none. */
  get sessionsPassed(): boolean | undefined {
    const known = this.#sessions.some(({ reference }) => reference !== undefined)
    return known ? this.#sessionsPassed : undefined
  }

  /** Whether there are enough sessions for them to be a guardrail. */
  get sessionsMinimumMet(): boolean {
    const needed = this.#policy.exposureMin.crash_free_sessions
    return this.#sessions
      .filter(({ reference }) => reference !== undefined)
      .every(({ perArm }) => Math.min(perArm.candidate, perArm.baseline) >= needed)
  }

  /** What crash-free sessions are still open as a guardrail on; undefined once they passed. */
  get openGuard(): WatchedScope | undefined {
    return this.sessionsPassed === false
      ? this.#sessions.flatMap(({ mature }) => mature)[0]
      : undefined
  }

  /** Whether the baseline's window had exposure to it: what gives a signal its weight. */
  hasReference(signal: SignalId): boolean {
    return signal === 'issues'
      ? (this.issues?.hasReference ?? false)
      : this.#of(signal).some(({ reference }) => reference !== undefined)
  }

  #of(signal: SignalId): StratifiedSignal[] {
    return this.stratified.filter(({ rows }) => rows.signal === signal)
  }

  /** ln of the e-value of one signal: the mean over its exposures. */
  logE(signal: SignalId, how: Exactness): number {
    if (signal === 'issues') return this.issues?.logE(how) ?? 0
    const own = this.#of(signal)
    const sum = new LogSum()
    for (const each of own) sum.add(each.logE(how), 1 / own.length)
    return own.length === 0 ? 0 : sum.log
  }

  /** Counts of the signals in which a change of level can be seen; levels and days are too coarse. */
  series(signal: SignalId): SignalSeries[] {
    if (signal === 'issues') return this.issues === undefined ? [] : [this.issues.series]
    return this.#of(signal).flatMap(({ rows }) => (rows.blockMinutes === 1 ? [rows] : []))
  }

  /** Every scope, in a fixed order. */
  scopes(): SignalScope[] {
    return [
      ...this.stratified.flatMap((signal) => signal.scopes()),
      ...(this.issues?.scopes() ?? []),
    ]
  }
}
