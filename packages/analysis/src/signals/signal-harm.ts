import type { Severity } from '@aftermath/schemas/verdict'
import type { JudgeInput } from '../verdict/judgement.ts'
import type { Policy } from '../policy/policy.ts'
import { ratioBeyondDrift } from '../baseline/rate-nulls.ts'
import type { IssueFacts, UsersHit } from './signal-input.ts'
import type { SignalScope } from './stratified-signal.ts'

/** Part of the release's users who met the problem and would not have on the baseline; null: unknown. */
export function usersHitShare(users: UsersHit | null): number | null {
  if (users === null || users.candidate.users === 0) return null
  const { candidate, baseline } = users
  const before = baseline.users === 0 ? 0 : baseline.hit / baseline.users
  return Math.max(0, candidate.hit / candidate.users - before)
}

/** The severity that the users hit alone make. */
export function severityOfUsers(share: number | null, { severity }: Policy): Severity {
  if (share === null || share < severity.majorUsersHit) return 'minor'
  return share >= severity.criticalUsersHit ? 'critical' : 'major'
}

export function worst(severities: Severity[]): Severity | null {
  const order: Severity[] = ['critical', 'major', 'minor']
  return order.find((severity) => severities.includes(severity)) ?? null
}

const REQUEST_OR_SESSION = ['crash_free_sessions', 'crash_free_users']

/** What a scope of a signal besides requests means for people, once it is proved. */
export class SignalHarm {
  readonly #input: JudgeInput
  readonly #issues: Map<string, IssueFacts>

  constructor(input: JudgeInput) {
    this.#input = input
    const facts = input.signals.flatMap((signal) => (signal.kind === 'issues' ? signal.issues : []))
    this.#issues = new Map(facts.map((issue) => [issue.id, issue]))
  }

  severity(scope: SignalScope): Severity {
    const users = severityOfUsers(this.usersHit(scope), this.#input.policy)
    return worst([users, this.#ofEffect(scope)])!
  }

  #ofEffect(scope: SignalScope): Severity {
    const { severity } = this.#input.policy
    if (scope.signal === 'issues') {
      const facts = scope.issue === null ? undefined : this.#issues.get(scope.issue)
      // A crash loop is new too: it began with the release, and never gets past its warm-up.
      const isNew =
        scope.part === 'from_start' ||
        (facts !== undefined && facts.unhandled && facts.born !== null)
      return isNew && this.#isRatioAbove(scope, severity.majorIssueRatio) ? 'major' : 'minor'
    }
    if (!REQUEST_OR_SESSION.includes(scope.signal)) return 'minor'
    if (this.#isAbove(scope, severity.criticalCrashRate)) return 'critical'
    const major = severity.majorEffects * scope.watched.rule.minimumEffect
    return this.#isAbove(scope, major) ? 'major' : 'minor'
  }

  /** Users hit, of whatever the scope is about. */
  usersHit({ signal, issue, exposure }: SignalScope): number | null {
    for (const input of this.#input.signals) {
      if (input.signal !== signal) continue
      if (input.kind === 'issues') {
        const hit = issue === null ? null : (this.#issues.get(issue)?.users ?? null)
        if (hit === null || input.users === null) return null
        return usersHitShare({
          candidate: { users: input.users.candidate, hit: hit.candidate },
          baseline: { users: input.users.baseline, hit: hit.baseline },
        })
      }
      if ('users' in input && input.exposure === exposure) return usersHitShare(input.users)
    }
    return null
  }

  /** Over time a roll back needs a lower bound that drift cannot explain twice over. */
  isBeyondTimeShift(scope: SignalScope): boolean {
    if (!scope.overTime) return true
    const { kappa, p0, minimumEffect, test } = scope.watched.rule
    const { majorEffects } = this.#input.policy.severity
    if (test?.of === 'rate') {
      return this.#isRatioAbove(scope, ratioBeyondDrift(scope.watched.rule, this.#input.policy))
    }
    const drift = test?.of === 'score' ? test.drift : kappa * p0
    return this.#isAbove(scope, drift + majorEffects * minimumEffect)
  }

  #isAbove({ watched }: SignalScope, effect: number): boolean {
    const lately = watched.recent.lowerBound(watched.rule.phi)
    return lately >= effect || watched.reported.isAbove(effect, this.#input.policy.alpha)
  }

  #isRatioAbove({ watched, kept }: SignalScope, ratio: number): boolean {
    return kept?.isAbove(ratio, this.#input.policy.alpha * watched.first.weight) ?? false
  }

  /** Lower bound of events beyond the baseline's, per minute; a level or a score counts none. */
  perMinute({ watched }: SignalScope, minutes: number): number {
    const { sums, rule } = watched.reported
    if (rule.test?.of === 'score') return 0
    if (rule.test?.of === 'rate') {
      const excess = sums.S - 2.5 * Math.sqrt(rule.phi * sums.M)
      const all = sums.S + sums.allowed / (rule.minimumEffect - 1)
      return all > 0 ? (Math.max(0, excess / all) * sums.x1) / Math.max(1, minutes) : 0
    }
    const { low } = watched.reported.interval(this.#input.policy.alpha)
    const lower = Math.max(low, watched.recent.lowerBound(rule.phi))
    return Math.max(0, lower * (sums.n1 / Math.max(1, sums.minutes)))
  }

  /** Whether the last hour alone excludes an effect of the minimum size. */
  hasGone({ watched, kept }: SignalScope, minute: number): boolean {
    const { alpha } = this.#input.policy
    if (watched.rule.test?.of !== 'rate') return watched.recent.isBelowMinimum(watched.first, alpha)
    const { minimumEffect } = watched.rule
    return kept?.isQuiet(this.#lastHour(minute), minimumEffect, alpha) ?? false
  }

  /** Whether the last hour shows it. */
  isBack({ watched, kept }: SignalScope, minute: number): boolean {
    const { rule } = watched
    if (rule.test?.of === 'rate') {
      // Without an event of the baseline there is no ratio, and one of the candidate shows it.
      return (kept?.ratio(this.#lastHour(minute)) ?? rule.minimumEffect) >= rule.minimumEffect
    }
    const { D, W } = watched.recent.last(60)
    return W > 0 && D / W >= rule.minimumEffect
  }

  #lastHour(minute: number) {
    const { wentAwayMinutes } = this.#input.policy.hysteresis
    return { fromMinute: minute + 1 - wentAwayMinutes, untilMinute: minute + 1 }
  }
}
