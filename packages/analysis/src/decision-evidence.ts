import type { Severity, SignalId } from '@aftermath/schemas/verdict'
import { changedAtDeployment, pointsAfter } from './change-at-deployment.ts'
import type { DecisionEvidence } from './decide.ts'
import { eBH } from './e-bh.ts'
import type { JudgeInput } from './judgement.ts'
import { p95Ratio } from './latency-ratio.ts'
import { signalOf } from './measures.ts'
import type { PlacedScope, ReleaseWatch } from './release-watch.ts'
import { gateOf } from './scope-start.ts'
import { logOf } from './watched-scope.ts'

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
  #wentAway = false

  constructor(watch: ReleaseWatch, input: JudgeInput) {
    this.#watch = watch
    this.#input = input
  }

  read(): DecisionEvidence {
    const { thresholds } = this.#input.policy
    const watchAt = Math.log(thresholds.watch)
    const failsOutright = this.#watch.outright.holds
    const bound = logOf(this.#watch.totalE(false))
    const logE = bound < watchAt ? bound : logOf(this.#watch.totalE(true))
    const guardrails = this.#watch.guardrails.map(({ measure, passed }) => {
      return { signal: signalOf(measure), passed }
    })
    if (logE < watchAt) {
      this.#wentAway = false
      return {
        logE,
        severity: null,
        rollBackSeverity: null,
        named: [],
        accusedOperations: [],
        failsOutright,
        guardrails,
        harmPerMinute: 0,
      }
    }
    const harmful = harmfulScopes(this.#watch, thresholds.watch)
    this.#followHarm(harmful)
    const named = namedSignals(this.#watch, this.#input)
    return {
      logE,
      severity: worst(harmful.map((scope) => this.#severity(scope))),
      rollBackSeverity: worst(
        harmful
          .filter((scope) => this.#isBeyondTimeShift(scope))
          .map((scope) => this.#severity(scope)),
      ),
      named,
      accusedOperations: named.flatMap((signal) => accused(this.#watch, signal, this.#input)),
      failsOutright,
      guardrails,
      harmPerMinute: Math.max(0, ...harmful.map((scope) => this.#harmPerMinute(scope))),
    }
  }

  /** Whether the harm was not seen for an hour, and did not come back since. */
  get wentAway(): boolean {
    return this.#wentAway
  }

  #followHarm(harmful: PlacedScope[]): void {
    const { alpha } = this.#input.policy
    if (harmful.every(({ watched }) => watched.recent.isBelowMinimum(watched.first, alpha))) {
      this.#wentAway = harmful.length > 0
      return
    }
    const back = harmful.some(({ watched }) => {
      const { D, W } = watched.recent.last(60)
      return W > 0 && D / W >= gateOf(watched.rule)
    })
    if (back) this.#wentAway = false
  }

  #severity({ measure, operation, watched }: PlacedScope): Severity {
    const { severity } = this.#input.policy
    if (measure !== 'errors') {
      const ratio = this.#p95Ratio(operation)
      if (ratio === null || ratio < severity.majorP95Ratio) return 'minor'
      return ratio >= severity.criticalP95Ratio ? 'critical' : 'major'
    }
    const major = severity.majorEffects * watched.rule.minimumEffect
    if (this.#exceeds(watched, severity.criticalErrorRate)) return 'critical'
    return this.#exceeds(watched, major) ? 'major' : 'minor'
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

  #harmPerMinute({ watched }: PlacedScope): number {
    const { sums } = watched.reported
    const { low } = watched.reported.interval(this.#input.policy.alpha)
    const lower = Math.max(low, watched.recent.lowerBound(watched.rule.phi))
    return lower * (sums.n1 / Math.max(1, sums.minutes))
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
    if (reference === null) return false
    const measures = this.#watch.weights.signals
      .filter(({ signal }) => named.includes(signal))
      .flatMap((signal) => signal.measures)
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
}

/** Scopes past the gate whose own e-value reaches the first threshold. */
function harmfulScopes(watch: ReleaseWatch, threshold: number): PlacedScope[] {
  return watch
    .scopes()
    .filter(({ watched }) => watched.logE >= Math.log(threshold) && watched.reported.isPastGate)
}

function namedSignals(watch: ReleaseWatch, { policy }: JudgeInput): SignalId[] {
  return watch.weights.signals
    .filter(({ signal, weight }) => {
      return logOf(watch.signalE(signal, true)) + Math.log(weight) >= Math.log(policy.namedAt)
    })
    .map(({ signal }) => signal)
}

/** Operations of a signal that e-BH calls and whose effect matters. */
export function accused(watch: ReleaseWatch, signal: SignalId, { policy }: JudgeInput): string[] {
  const scopes = watch
    .scopes()
    .filter(({ measure, operation }) => signalOf(measure) === signal && operation !== null)
  const own = [...Map.groupBy(scopes, ({ operation }) => operation!)]
  // Doubles end near e^709; e-BH only compares with K/α.
  const e = own.map(([, ofOperation]) => {
    const share = (scope: PlacedScope) =>
      scope.comparison.weight / (ofOperation.length / watch.comparisons.length)
    return ofOperation.reduce((sum, scope) => {
      return sum + share(scope) * Math.exp(Math.min(600, scope.watched.logE))
    }, 0)
  })
  return eBH({ e, alpha: policy.operationsFdr })
    .map((index) => own[index]!)
    .filter(([, ofOperation]) => ofOperation.some(({ watched }) => watched.reported.isPastGate))
    .map(([operation]) => operation)
}

function worst(severities: Severity[]): Severity | null {
  const order: Severity[] = ['critical', 'major', 'minor']
  return order.find((severity) => severities.includes(severity)) ?? null
}
