import type { Conclusion, Evidence } from '@aftermath/schemas/verdict'
import { accused } from './decision-evidence.ts'
import type { DecisionEvidence } from './decide.ts'
import type { JudgeInput } from './judgement.ts'
import { latencyQuantiles } from '../latency/latency-ratio.ts'
import { measures, minimumEffect, quantileOf, signalOf } from '../signals/measures.ts'
import type { Measure } from '../signals/measures.ts'
import { MINUTE_MS } from '../counts/minute-columns.ts'
import type { PlacedScope, ReleaseWatch } from '../watch/release-watch.ts'
import type { ScopeStart } from '../watch/scope-start.ts'
import { signalEvidence } from '../signals/signal-evidence.ts'

const ROWS_MAX = 12
/** Operations and issues told of even where many signals are. */
const PARTS_MIN = 6

/** One row of evidence before rounding, with the scope and start it reports. */
export type EvidenceRow = { evidence: Evidence; scope: PlacedScope | undefined }

/**
 * The service's four rows of requests and one of each other signal, then operations, pages and
 * issues: accused ones first, then those whose e-value says most.
 */
export function evidenceRows(
  watch: ReleaseWatch,
  decided: DecisionEvidence,
  input: JudgeInput,
): EvidenceRow[] {
  // Without a baseline there is nothing to compare, and a row of nulls is no evidence.
  if (watch.comparisons.length === 0) return []
  const scopes = watch.scopes()
  const service = measures
    .filter((measure) => watch.weights.ofMeasure(measure) > 0)
    .map((measure) => {
      const scope = shown(scopes.filter((each) => each.measure === measure && !each.operation))
      return rowOf({ watch, decided, input, measure, operation: null, scope })
    })
  const called = new Set(decided.named.flatMap((signal) => accused(watch, signal, input)))
  const byPlace = Map.groupBy(
    scopes.filter(({ operation, watched }) => operation !== null && watched.first.sums.W > 0),
    ({ measure, operation }) => `${measure} ${operation}`,
  )
  const operations = [...byPlace.values()]
    .map((places) => shown(places)!)
    .map((scope) => {
      const { measure, operation } = scope
      return rowOf({ watch, decided, input, measure, operation, scope })
    })
  const further = signalEvidence({ watch, decided, input })
  const whole = [...service, ...further.whole]
  const parts = [...operations, ...further.parts].toSorted((a, b) => {
    return rank(b, called) - rank(a, called) || b.evidence.logE - a.evidence.logE
  })
  return [...whole, ...parts.slice(0, Math.max(PARTS_MIN, ROWS_MAX - whole.length))]
}

function rank({ evidence }: EvidenceRow, called: Set<string>): number {
  if (evidence.conclusion !== 'worse') return 0
  const { operation, issue } = evidence.scope
  return issue !== null || called.has(operation ?? '') ? 1 : 0
}

/** Of the comparisons of one scope: the one that says most against the release, else the longest. */
function shown(scopes: PlacedScope[]): PlacedScope | undefined {
  return scopes.toSorted((a, b) => {
    return weightedLogE(b) - weightedLogE(a) || exposure(b) - exposure(a)
  })[0]
}

function weightedLogE({ watched, comparison }: PlacedScope): number {
  return watched.reported.isPastGate ? Math.max(0, watched.logE + Math.log(comparison.weight)) : 0
}

function exposure({ watched }: PlacedScope): number {
  return watched.first.sums.n1
}

type RowInput = {
  watch: ReleaseWatch
  decided: DecisionEvidence
  input: JudgeInput
  measure: Measure
  operation: string | null
  scope: PlacedScope | undefined
}

function rowOf(row: RowInput): EvidenceRow {
  const { watch, input, measure, operation, scope } = row
  const { policy, reference } = input
  const start = scope?.watched.reported
  const compared = start !== undefined && start.sums.W > 0
  const interval = compared ? start.interval(policy.alpha) : undefined
  const logE = logEOf(row)
  const weight = watch.weights.ofMeasure(measure) * (operation === null ? 1 : (scope?.weight ?? 0))
  const arms = watch.requestsPerArm()
  const baseline = baselineOf(row, start)
  const sampled = operation === null ? Math.min(arms.candidate, arms.baseline) : undefined
  const quantile = quantileOf[measure]
  const p0 = reference?.measures[measure].pooled.p0 ?? 0
  const evidence: Evidence = {
    signal: signalOf(measure),
    scope: { operation, quantile, issue: null },
    unit: 'share',
    worse: 'higher',
    exposure: 'requests',
    candidate: {
      value: compared ? start.sums.x1 / start.sums.n1 : null,
      n: start?.sums.n1 ?? 0,
    },
    baseline,
    estimate: compared ? start.sums.delta : null,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    confidence: 1 - policy.alpha,
    minimumEffect: start?.rule.minimumEffect ?? minimumEffect(measure, p0, policy),
    logE,
    weightedLogE: logE + Math.log(weight),
    conclusion: conclusionOf(row, start, logE),
    needed: Math.max(
      0,
      policy.requestsMin[measure] - (sampled ?? Math.min(start?.sums.n1 ?? 0, baseline.n)),
    ),
    quantileNs:
      quantile === null ? null : latencyQuantiles(input.histograms, { operation, q: quantile }),
    counted: compared ? countedBy(row, start) : null,
  }
  return { evidence, scope }
}

/** What the SQL that checks a row by hand needs to know. */
function countedBy({ watch, scope, input }: RowInput, start: ScopeStart): Evidence['counted'] {
  if (scope === undefined) return null
  const { kind } = scope.comparison
  const { reference: window, pairs } = input.baseline
  const { fromMinute, untilMinute } = scope.watched.minutesOf(start)
  const at = (minute: number) => new Date(minute * MINUTE_MS).toISOString()
  return {
    kind,
    from: at(fromMinute),
    to: at(untilMinute),
    baselineRequestsMin: kind === 'concurrent' ? watch.requestsMin : 0,
    reference: window === null ? null : { from: at(window.fromMinute), to: at(window.untilMinute) },
    pairs:
      kind === 'previous_time_matched'
        ? pairs.map((pair) => ({
            from: at(pair.fromMinute),
            to: at(pair.untilMinute),
            minutesBack: pair.minutesBack,
          }))
        : [],
  }
}

/** Counts of the baseline as they were: a window counts once, however often it was met. */
function baselineOf({ measure, operation, scope, input }: RowInput, start: ScopeStart | undefined) {
  if (scope?.comparison.kind !== 'previous_window' && start !== undefined && start.sums.n0 > 0) {
    return { value: start.sums.x0 / start.sums.n0, n: start.sums.n0 }
  }
  const { reference } = input
  const at = operation === null ? -1 : (reference?.operations.indexOf(operation) ?? -1)
  const own = reference?.measures[measure]
  const share = at < 0 ? own?.pooled : own?.operations[at]
  return share === undefined || share.requests === 0
    ? { value: null, n: 0 }
    : { value: share.events / share.requests, n: share.requests }
}

/** Of the service: with its operations, as it enters the verdict. Of an operation: its own. */
function logEOf({ watch, measure, operation, scope }: RowInput): number {
  if (operation === null) return watch.measureLogE(measure, 'exact')
  return scope?.watched.logE ?? 0
}

function conclusionOf(row: RowInput, start: ScopeStart | undefined, logE: number): Conclusion {
  const { watch, decided, measure, operation, scope, input } = row
  if (scope === undefined || start === undefined || start.sums.W <= 0) return 'unknown'
  const { policy } = input
  const { minimumEffect: effect } = start.rule
  const named = decided.named.includes(signalOf(measure))
  const own = logE >= Math.log(policy.thresholds.watch) && start.isPastGate
  const outright = decided.failsOutright && measure === 'errors' && operation === null
  if (outright || (own && named)) return 'worse'

  const first = scope.watched.first
  const { high } = start.interval(policy.alpha)
  if (high < 0 && start.sums.delta <= -effect) return 'better'
  const passed = watch.guardrails.some((guardrail) => {
    return guardrail.measure === measure && guardrail.operation === operation && guardrail.passed
  })
  const enough = first.sums.minutes >= policy.judgedMinutesMin
  const below = enough && first.isBelow(effect, policy.alpha)
  // A bound holds at all times, but a row that looks worse now is not called unchanged.
  return below || (passed && !start.isPastGate) ? 'no_change' : 'unknown'
}
