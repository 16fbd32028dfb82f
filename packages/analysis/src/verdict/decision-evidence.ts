import type { Severity, SignalId } from '@aftermath/schemas/verdict'
import { changedAtDeployment, pointsAfter, pointsWithin } from '../watch/change-at-deployment.ts'
import type { DecisionEvidence } from './decide.ts'
import { eBH } from '../methods/e-bh.ts'
import type { JudgeInput } from './judgement.ts'
import { p95Ratio } from '../latency/latency-ratio.ts'
import { signalOf } from '../signals/measures.ts'
import { usersReached } from './reach.ts'
import type { PlacedScope, ReleaseWatch } from '../watch/release-watch.ts'
import { gateOf } from '../watch/scope-start.ts'
import { accusedIssues } from '../signals/accused-issues.ts'
import { signalChanged } from '../signals/signal-change.ts'
import { SignalHarm, worst } from '../signals/signal-harm.ts'
import type { IssueFacts } from '../signals/signal-input.ts'
import type { SignalScope } from '../signals/stratified-signal.ts'

const FEEDBACK: SignalId[] = ['feedback_negative', 'feedback_rating']

/**
 * Reads from a watched release what the policy decides on, at the minute added last.
 *
 * Below the first threshold bounds are enough, so a healthy release costs next to nothing; past it
 * everything is exact.
 */
export class EvidenceReader {
  readonly #watch: ReleaseWatch
  readonly #input: JudgeInput
  readonly #ratios = new Map<string | null, number | null>()
  /** By number of points seen: a change point needs new points to change. */
  readonly #changes = new Map<string, boolean>()
  /** What last spoke against the release: the evidence may fade before the harm is gone. */
  #harmful: PlacedScope[] = []
  #harmfulSignals: SignalScope[] = []
  #wentAway = false
  readonly #harm: SignalHarm
  /** Which issues are accused changes with their events alone. */
  #accused: { version: number; issues: IssueFacts[] } = { version: 0, issues: [] }

  constructor(watch: ReleaseWatch, input: JudgeInput) {
    this.#watch = watch
    this.#input = input
    this.#harm = new SignalHarm(input)
  }

  /** @param minute the one added last */
  read(minute: number): DecisionEvidence {
    const { thresholds } = this.#input.policy
    const watchAt = Math.log(thresholds.watch)
    const failsOutright = this.#watch.outright.holds
    const logE = this.#totalLogE()
    const guardrails = this.#watch.guardrails.map(({ measure, operation, passed }) => {
      return { signal: signalOf(measure), operation, passed }
    })
    const { sessionsPassed } = this.#watch.further
    if (sessionsPassed !== undefined) {
      const signal = 'crash_free_sessions'
      guardrails.push({ signal, operation: null, passed: sessionsPassed })
    }
    const issues = this.#accusedIssues()
    const always = {
      logE,
      failsOutright,
      guardrails,
      failingNewOperations: this.#watch.newOperations.failing,
      weightlessAlarms: this.#weightlessAlarms(),
      issuesSuspicious: this.#issuesSuspicious(watchAt),
      accusedIssues: issues.filter(({ unhandled }) => unhandled).map(({ title }) => title),
      silentRegression: this.#isSilentRegression(watchAt),
      causeKnown: issues.some(({ inChangedFile }) => inChangedFile),
    }
    if (logE < watchAt) {
      this.#followHarm(minute)
      // Whoever may ship must answer for each operation, also for those too small to move the whole.
      const mayShip = guardrails.length > 0 && guardrails.every(({ passed }) => passed)
      return {
        ...always,
        severity: null,
        rollBackSeverity: null,
        named: [],
        accusedOperations: mayShip ? this.#accusedOperations() : [],
        outlierInstance: null,
        harmPerMinute: 0,
      }
    }
    const harmful = harmfulScopes(this.#watch, thresholds.watch)
    const signals = harmfulSignals(this.#watch, thresholds.watch)
    if (harmful.length + signals.length > 0) {
      this.#harmful = harmful
      this.#harmfulSignals = signals
    }
    this.#followHarm(minute)
    const named = namedSignals(this.#watch, this.#input)
    return {
      ...always,
      severity: worst([
        ...harmful.map((scope) => this.#severity(scope)),
        ...signals.map((scope) => this.#harm.severity(scope)),
      ]),
      rollBackSeverity: worst([
        ...harmful
          .filter((scope) => this.#isBeyondTimeShift(scope))
          .map((scope) => this.#severity(scope)),
        ...signals
          .filter((scope) => this.#harm.isBeyondTimeShift(scope))
          .map((scope) => this.#harm.severity(scope)),
      ]),
      named,
      accusedOperations: this.#accusedOperations(),
      outlierInstance: signals.length > 0 ? null : this.#outlierInstance(harmful),
      harmPerMinute: Math.max(
        this.#harmPerMinute(harmful),
        ...signals.map((scope) => this.#harm.perMinute(scope, this.#minutesUntil(minute))),
      ),
    }
  }

  #minutesUntil(minute: number): number {
    const { baseline, policy } = this.#input
    return minute + 1 - baseline.comparison.fromMinute - policy.warmupMinutes
  }

  #accusedIssues(): IssueFacts[] {
    const version = this.#watch.further.issues?.version ?? 0
    if (this.#accused.version !== version) {
      this.#accused = { version, issues: accusedIssues(this.#watch, this.#input) }
    }
    return this.#accused.issues
  }

  #issuesSuspicious(level: number): boolean {
    const { issues } = this.#watch.further
    return issues !== undefined && issues.logE('bound') >= level && issues.logE('exact') >= level
  }

  #weightlessAlarms(): SignalId[] {
    const { further, weights } = this.#watch
    const level = Math.log(this.#input.policy.weightlessWatchAt)
    return further.ids.filter((signal) => {
      return weights.ofSignal(signal) === 0 && this.#reaches(signal, level)
    })
  }

  /** People say that it got worse, and no telemetry is named. */
  #isSilentRegression(level: number): boolean {
    if (!FEEDBACK.some((signal) => this.#reaches(signal, level))) return false
    const { weights } = this.#watch
    const telemetry = weights.signals.filter(({ signal }) => !FEEDBACK.includes(signal))
    return !telemetry.some(({ signal, weight }) => {
      const needed = Math.log(this.#input.policy.namedAt) - Math.log(weight)
      if (this.#watch.signalLogE(signal, 'bound') < needed) return false
      return this.#watch.signalLogE(signal, 'exact') >= needed
    })
  }

  #reaches(signal: SignalId, level: number): boolean {
    const { further } = this.#watch
    return further.logE(signal, 'bound') >= level && further.logE(signal, 'exact') >= level
  }

  #accusedOperations(): string[] {
    // Below 1/α nothing is ever called: mostly that is known from bounds already at hand.
    const level = -Math.log(this.#input.policy.operationsFdr)
    const some = this.#watch.comparisons.some((comparison) => {
      return comparison.measures.some((measure) => {
        return comparison.scopes(measure).some(({ operation, watched }) => {
          return operation !== null && watched.logEBound >= level
        })
      })
    })
    if (!some) return []
    const { signals } = this.#watch.weights
    const all = signals.flatMap(({ signal }) => accused(this.#watch, signal, this.#input))
    return [...new Set(all)]
  }

  /** Instances are counted by their failures, so only what fails can be one machine's. */
  #outlierInstance(harmful: PlacedScope[]): string | null {
    if (harmful.length === 0 || harmful.some(({ measure }) => measure !== 'errors')) return null
    const compared = this.#watch.comparisons.map((each) => each.pooled('errors')!.first.sums)
    const longest = compared.toSorted((a, b) => b.n1 - a.n1)[0]!
    return this.#watch.instances.outlier(longest.x1 / longest.n1 - longest.delta)
  }

  /**
   * Exact where it matters: a bound on the same side of every threshold decides the same, and a
   * latched verdict of fifty operations stays cheap.
   */
  #totalLogE(): number {
    const { watch, patch, rollBack } = this.#input.policy.thresholds
    const bound = this.#watch.totalLogE('bound')
    if (bound < Math.log(watch)) return bound
    const high = this.#watch.totalLogE('service')
    const levels = [watch, patch, rollBack].map(Math.log)
    const passed = (logE: number) => levels.filter((level) => logE >= level).length
    return passed(high) === passed(this.#watch.totalLogE('floor'))
      ? high
      : this.#watch.totalLogE('exact')
  }

  /** Whether the harm was not seen for an hour, and did not come back since. */
  get wentAway(): boolean {
    return this.#wentAway
  }

  #followHarm(minute: number): void {
    if (this.#harmful.length + this.#harmfulSignals.length === 0) return
    const { alpha } = this.#input.policy
    const gone =
      this.#harmful.every(({ watched }) => watched.recent.isBelowMinimum(watched.first, alpha)) &&
      this.#harmfulSignals.every((scope) => this.#harm.hasGone(scope, minute))
    // Gone and back have room between them, so a rate near the limit does not flicker.
    const back =
      this.#harmfulSignals.some((scope) => this.#harm.isBack(scope, minute)) ||
      this.#harmful.some(({ watched }) => {
        const { D, W } = watched.recent.last(60)
        return W > 0 && D / W >= gateOf(watched.rule)
      })
    if (gone) this.#wentAway = true
    else if (back) this.#wentAway = false
  }

  #severity({ measure, operation, watched }: PlacedScope): Severity {
    const { severity } = this.#input.policy
    if (measure !== 'errors') {
      const ratio = this.#p95Ratio(operation)
      if (ratio === null || ratio < severity.majorP95Ratio) return 'minor'
      return ratio >= severity.criticalP95Ratio ? 'critical' : 'major'
    }
    const major = severity.majorEffects * watched.rule.minimumEffect
    const usersHit = operation === null ? (usersReached(this.#input)?.share ?? 0) : 0
    if (usersHit >= severity.criticalUsersHit) return 'critical'
    if (this.#exceeds(watched, severity.criticalErrorRate)) return 'critical'
    return usersHit >= severity.majorUsersHit || this.#exceeds(watched, major) ? 'major' : 'minor'
  }

  /** Over time a roll back needs a lower bound that drift cannot explain twice over. */
  #isBeyondTimeShift({ watched, comparison }: PlacedScope): boolean {
    if (comparison.kind === 'concurrent') return true
    const { kappa, p0, minimumEffect } = watched.rule
    const { majorEffects } = this.#input.policy.severity
    return this.#exceeds(watched, kappa * p0 + majorEffects * minimumEffect)
  }

  #exceeds(watched: PlacedScope['watched'], effect: number): boolean {
    const lately = watched.recent.lowerBound(watched.rule.phi)
    return lately >= effect || watched.reported.isAbove(effect, this.#input.policy.alpha)
  }

  /** Of the service where it is hit as a whole, else of the operation hit most. */
  #harmPerMinute(harmful: PlacedScope[]): number {
    const service = harmful.filter(({ operation }) => operation === null)
    const hit = service.length > 0 ? service : harmful
    const perMinute = hit.map(({ watched }) => {
      const { sums } = watched.reported
      const { low } = watched.reported.interval(this.#input.policy.alpha)
      const lower = Math.max(low, watched.recent.lowerBound(watched.rule.phi))
      return lower * (sums.n1 / Math.max(1, sums.minutes))
    })
    return Math.max(0, ...perMinute)
  }

  #p95Ratio(operation: string | null): number | null {
    const known = this.#ratios.get(operation)
    if (known !== undefined) return known
    const ratio = p95Ratio(this.#input.histograms, operation)
    this.#ratios.set(operation, ratio)
    return ratio
  }

  /**
   * Whether a named signal changed level when the release was deployed; failing outright within
   * minutes of the first request is such a change by itself.
   */
  changedAtDeployment(named: SignalId[], minute: number): boolean {
    const { baseline, reference, policy } = this.#input
    const deploymentMinute = baseline.comparison.fromMinute
    const young = minute - deploymentMinute <= policy.changeWithinMinutes
    if (this.#watch.outright.holds && young) return true
    const watchAt = Math.log(policy.thresholds.watch)
    if (young && this.#watch.further.issues?.isLooping(watchAt)) return true
    if (reference === null) return false
    const measures = this.#watch.weights.signals
      .filter(({ signal }) => named.includes(signal))
      .flatMap((signal) => signal.measures)
    const others = named.some((signal) => this.#signalChanged(signal, minute))
    if (others) return true
    return measures.some((measure) => {
      const key = `${measure} ${pointsAfter(this.#watch.early)}`
      const known = this.#changes.get(key)
      if (known !== undefined) return known
      const changed = changedAtDeployment({
        measure,
        before: reference.tail,
        after: this.#watch.early,
        deploymentMinute,
        policy,
      })
      this.#changes.set(key, changed)
      return changed
    })
  }

  #signalChanged(signal: SignalId, minute: number): boolean {
    const series = this.#watch.further.series(signal)
    if (series.length === 0) return false
    // As of measures: a change needs new points to change.
    const points = pointsWithin(this.#minutesUntil(minute))
    const key = `${signal} ${points}`
    const known = this.#changes.get(key)
    if (known !== undefined) return known
    const changed = series.some((each) => signalChanged(each, this.#input, minute + 1))
    this.#changes.set(key, changed)
    return changed
  }
}

/** Scopes past the gate whose own e-value reaches the first threshold. */
function harmfulScopes(watch: ReleaseWatch, threshold: number): PlacedScope[] {
  const level = Math.log(threshold)
  return watch
    .scopes()
    .filter(({ watched }) => watched.logEBound >= level && watched.logE >= level)
    .filter(({ watched }) => watched.reported.isPastGate)
}

/**
 * The same of signals besides requests. Less traffic is a reason to look, not to act: it has causes
 * that no release has, and no effect on who is still there.
 */
function harmfulSignals(watch: ReleaseWatch, threshold: number): SignalScope[] {
  const level = Math.log(threshold)
  return watch.further.scopes().filter(({ signal, watched }) => {
    if (watch.weights.ofSignal(signal) === 0 || signal === 'throughput') return false
    if (watched.logEBound < level) return false
    return watched.logE >= level && watched.reported.isPastGate
  })
}

function namedSignals(watch: ReleaseWatch, { policy }: JudgeInput): SignalId[] {
  return watch.weights.signals
    .filter(({ signal, weight }) => {
      const level = Math.log(policy.namedAt) - Math.log(weight)
      if (watch.signalLogE(signal, 'floor') >= level) return true
      if (watch.signalLogE(signal, 'service') < level) return false
      return watch.signalLogE(signal, 'exact') >= level
    })
    .map(({ signal }) => signal)
}

/** Operations of a signal that e-BH calls and whose effect matters. */
export function accused(watch: ReleaseWatch, signal: SignalId, { policy }: JudgeInput): string[] {
  const scopes = watch
    .scopes()
    .filter(({ measure, operation }) => signalOf(measure) === signal && operation !== null)
  const operations = [...Map.groupBy(scopes, ({ operation }) => operation!)]
  const e = operations.map(([, own]) => operationE(own, watch, policy.operationsFdr))
  return eBH({ e, alpha: policy.operationsFdr })
    .map((index) => operations[index]!)
    .filter(([, own]) => own.some(({ watched }) => watched.reported.isPastGate))
    .map(([operation]) => operation)
}

/** Mean e-value of an operation over a signal's measures and the comparisons. */
function operationE(scopes: PlacedScope[], watch: ReleaseWatch, fdr: number): number {
  if (scopes.every(({ watched }) => watched.logEBound < -Math.log(fdr))) return 0
  const measures = scopes.length / watch.comparisons.length
  return scopes.reduce((sum, { comparison, watched }) => {
    // Doubles end near e^709, and the test only compares with K/α.
    return sum + (comparison.weight / measures) * Math.exp(Math.min(600, watched.logE))
  }, 0)
}
