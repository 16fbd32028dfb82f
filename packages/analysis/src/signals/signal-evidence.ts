import type { ArmValue, Conclusion, Evidence } from '@aftermath/schemas/verdict'
import { accusedIssues } from './accused-issues.ts'
import type { DecisionEvidence } from '../verdict/decide.ts'
import type { EvidenceRow } from '../verdict/evidence-rows.ts'
import type { JudgeInput } from '../verdict/judgement.ts'
import type { ReleaseWatch } from '../watch/release-watch.ts'
import type { ScopeStart } from '../watch/scope-start.ts'
import type { SignalScope, StratifiedSignal } from './stratified-signal.ts'

/** JSON knows no infinity: the smallest logarithm stands for 'no weight'. */
const LOG_NOTHING = Math.log(Number.MIN_VALUE)
const LEVEL_MINUTES = 5
const ISSUES_MAX = 12

type Facts = { watch: ReleaseWatch; decided: DecisionEvidence; input: JudgeInput }

/** Rows of the signals besides requests: each as a whole, and its strata and issues. */
export function signalEvidence(facts: Facts): { whole: EvidenceRow[]; parts: EvidenceRow[] } {
  const { further } = facts.watch
  const ofStratified = further.stratified.map((signal) => stratifiedRows(facts, signal))
  const ofIssues = issueRows(facts)
  return {
    whole: [...ofStratified.flatMap(({ whole }) => whole), ...ofIssues.whole],
    parts: [...ofStratified.flatMap(({ parts }) => parts), ...ofIssues.parts],
  }
}

function stratifiedRows(facts: Facts, signal: StratifiedSignal) {
  const byStratum = Map.groupBy(signal.scopes(), ({ stratum }) => stratum)
  const rows = [...byStratum].flatMap(([stratum, scopes]) => {
    const scope = shown(scopes)
    if (stratum !== null && scope.watched.first.sums.W <= 0) return []
    const logE = stratum === null ? signal.logE('exact') : scope.watched.logE
    return [{ stratum, row: stratifiedRow(facts, signal, scope, logE) }]
  })
  return {
    whole: rows.filter(({ stratum }) => stratum === null).map(({ row }) => row),
    parts: rows.filter(({ stratum }) => stratum !== null).map(({ row }) => row),
  }
}

/** Of the comparisons of one scope: the one that says most against the release, else the longest. */
function shown(scopes: SignalScope[]): SignalScope {
  const against = ({ watched, comparisonWeight }: SignalScope) =>
    watched.reported.isPastGate ? Math.max(0, watched.logE + Math.log(comparisonWeight)) : 0
  // A scope has at least one comparison.
  return scopes.toSorted((a, b) => {
    return against(b) - against(a) || b.watched.first.sums.W - a.watched.first.sums.W
  })[0]!
}

function stratifiedRow(
  facts: Facts,
  signal: StratifiedSignal,
  scope: SignalScope,
  logE: number,
): EvidenceRow {
  const { policy } = facts.input
  const start = scope.watched.reported
  const { sums, rule } = start
  const compared = sums.W > 0
  const { test } = signal.rows
  const before = baselineCounts(signal, scope, start)
  const scale = scaleOf(signal)
  const effect =
    test.of === 'rate' ? ratioOf(scope, start, policy.alpha) : differenceOf(start, policy.alpha)
  const told = compared ? scale.effect(effect) : { estimate: null, low: null, high: null }
  const isLevel = test.of === 'score' && test.isLevel
  const units = isLevel ? LEVEL_MINUTES : 1
  const arm = (n: number, x: number): ArmValue => {
    return { value: n > 0 ? scale.value(x / n) : null, n: n * units }
  }
  const evidence: Evidence = {
    signal: scope.signal,
    scope: { operation: scope.stratum, quantile: null, issue: null },
    unit: scale.unit,
    worse: scale.worse,
    exposure: isLevel ? 'minutes' : scope.exposure,
    candidate: arm(sums.n1, sums.x1),
    baseline: arm(before.n, before.x),
    ...told,
    confidence: 1 - policy.alpha,
    minimumEffect: isLevel ? Math.exp(rule.minimumEffect) : rule.minimumEffect,
    logE,
    weightedLogE: weighted(facts, scope, logE),
    conclusion: conclusionOf(facts, scope, effect, logE),
    needed: compared ? neededOf(facts, signal, start, before.n) : 0,
    quantileNs: null,
    counted: null,
  }
  return { evidence, scope: undefined }
}

/** What the baseline had: a window counts once, however often it was met. */
function baselineCounts(signal: StratifiedSignal, scope: SignalScope, { sums }: ScopeStart) {
  // Throughput meets an earlier week, minute by minute.
  const isBeside = !scope.overTime || scope.signal === 'throughput'
  if (isBeside) return { n: sums.n0, x: sums.x0 }
  const { reference, strata } = signal
  const share =
    scope.stratum === null ? reference?.pooled : reference?.strata[strata.indexOf(scope.stratum)]
  return { n: share?.requests ?? 0, x: share?.events ?? 0 }
}

type Effect = { estimate: number | null; low: number | null; high: number | null }

function differenceOf(start: ScopeStart, alpha: number): Effect {
  if (start.sums.W <= 0) return { estimate: null, low: null, high: null }
  return { estimate: start.sums.delta, ...start.interval(alpha) }
}

function ratioOf({ kept }: SignalScope, start: ScopeStart, alpha: number): Effect {
  const { weight, window } = start
  const interval = kept?.interval(alpha * weight, window)
  const estimate = start.sums.x1 + start.sums.x0 === 0 ? null : start.rateRatio
  return { estimate, low: interval?.low ?? null, high: interval?.high ?? null }
}

type Scale = {
  unit: Evidence['unit']
  worse: Evidence['worse']
  value: (mean: number) => number
  effect: (effect: Effect) => Effect
}

/** From what is added up, where more is worse, to what people read. */
function scaleOf({ rows }: StratifiedSignal): Scale {
  const { signal, test } = rows
  if (test.of === 'rate') return upwards('ratio')
  if (test.of === 'score' && test.isLevel) return levelScale(signal === 'throughput')
  if (signal === 'web_vitals') return upwards('share')
  // Crash-free is what did not crash; a score is what is left of the loss.
  return {
    unit: test.of === 'share' ? 'share' : 'score',
    worse: 'lower',
    value: (loss) => 1 - loss,
    effect: ({ estimate, low, high }) => ({
      estimate: negative(estimate),
      low: negative(high),
      high: negative(low),
    }),
  }
}

function upwards(unit: Evidence['unit']): Scale {
  return { unit, worse: 'higher', value: (mean) => mean, effect: (effect) => effect }
}

function levelScale(falls: boolean): Scale {
  const ratio = (log: number | null) => (log === null ? null : Math.exp(falls ? -log : log))
  return {
    unit: 'ratio',
    worse: falls ? 'lower' : 'higher',
    value: (log) => Math.exp(falls ? -log : log),
    effect: ({ estimate, low, high }) => ({
      estimate: ratio(estimate),
      low: ratio(falls ? high : low),
      high: ratio(falls ? low : high),
    }),
  }
}

function negative(value: number | null): number | null {
  // Not −0, which JSON would not keep.
  return value === null ? null : 0 - value
}

function weighted({ watch }: Facts, { signal, weight, stratum, issue }: SignalScope, logE: number) {
  const own = stratum === null && issue === null ? 1 : weight
  const all = watch.weights.ofSignal(signal) * own
  return all > 0 ? logE + Math.log(all) : LOG_NOTHING
}

function conclusionOf(
  { watch, decided, input }: Facts,
  scope: SignalScope,
  { estimate, low, high }: Effect,
  logE: number,
): Conclusion {
  const { policy } = input
  const { watched } = scope
  const start = watched.reported
  if (estimate === null && low === null) return 'unknown'
  const weight = watch.weights.ofSignal(scope.signal)
  const level = weight > 0 ? policy.thresholds.watch : policy.weightlessWatchAt
  const named = weight > 0 ? decided.named : decided.weightlessAlarms
  if (start.isPastGate && logE >= Math.log(level) && named.includes(scope.signal)) return 'worse'

  const { minimumEffect: effect, test } = start.rule
  const isRate = test?.of === 'rate'
  const [none, better] = isRate ? [1, 1 / effect] : [0, -effect]
  if (high !== null && high < none && (estimate ?? 0) <= better) return 'better'
  if (watched.first.sums.minutes < minutesMin(test, policy.judgedMinutesMin)) return 'unknown'
  const below = isRate
    ? high !== null && high < effect
    : watched.first.isBelow(effect, policy.alpha)
  const passed = scope.signal === 'crash_free_sessions' && watch.further.sessionsPassed === true
  return below || (passed && scope.stratum === null && !start.isPastGate) ? 'no_change' : 'unknown'
}

function minutesMin(test: ScopeStart['rule']['test'], minutes: number): number {
  return test?.of === 'score' ? test.armedAfter : minutes
}

/** Exposure per arm that is missing; of rates events of both. */
function neededOf({ input }: Facts, { rows }: StratifiedSignal, { sums }: ScopeStart, n0: number) {
  const { exposureMin } = input.policy
  const { test, signal } = rows
  if (test.of === 'score' && test.isLevel) {
    return Math.max(0, (test.blocksMin - Math.min(sums.minutes, n0)) * LEVEL_MINUTES)
  }
  const has = signal === 'log_errors' ? sums.x1 + sums.x0 : Math.min(sums.n1, n0)
  return Math.max(0, exposureMin[signal] - has)
}

/** Everything unhandled as one row; then issues, the accused and the most notable of them. */
function issueRows(facts: Facts): { whole: EvidenceRow[]; parts: EvidenceRow[] } {
  const { issues } = facts.watch.further
  if (issues === undefined) return { whole: [], parts: [] }
  const scopes = issues.scopes()
  // What a crash loop leaves behind is all there is of it.
  const started = scopes.filter(({ part }) => part === 'from_start')
  const judged = scopes.filter(({ part }) => part === 'unhandled')
  const isLoop = judged.every(({ watched }) => watched.first.sums.W <= 0)
  const unhandled = shown(isLoop && started.length > 0 ? started : judged)
  const whole = issueRow(facts, unhandled, issues.logE('exact'))
  const accused = new Set(accusedIssues(facts.watch, facts.input).map(({ id }) => id))
  const byIssue = Map.groupBy(
    scopes.filter(({ issue }) => issue !== null),
    ({ issue }) => issue!,
  )
  const parts = [...byIssue]
    .map(([issue, own]) => {
      const scope = shown(own)
      return { scope, logE: scope.watched.logE, isAccused: accused.has(issue) }
    })
    .filter(({ logE, isAccused }) => isAccused || logE > 0)
    .toSorted((a, b) => Number(b.isAccused) - Number(a.isAccused) || b.logE - a.logE)
    // An interval costs more than all the rest: none for what is not shown.
    .slice(0, ISSUES_MAX)
    .map(({ scope, logE, isAccused }) => {
      const row = issueRow(facts, scope, logE)
      if (!isAccused) return row
      return { ...row, evidence: { ...row.evidence, conclusion: 'worse' as const } }
    })
  return { whole: [whole], parts }
}

function issueRow(facts: Facts, scope: SignalScope, logE: number): EvidenceRow {
  const { policy } = facts.input
  const start = scope.watched.reported
  const { sums } = start
  const exposure = facts.watch.further.issues!.exposure
  // Minutes without an event of the issue are exposure too.
  const n1 = scope.issue === null ? sums.n1 : exposure.candidate
  const beside = scope.issue === null ? sums.n0 : exposure.baseline
  const before = scope.overTime ? facts.watch.further.issues!.past(scope) : undefined
  const { n: n0, x: x0 } = before ?? { n: beside, x: sums.x0 }
  const effect = ratioOf(scope, start, policy.alpha)
  const conclusion = conclusionOf(facts, scope, effect, logE)
  const evidence: Evidence = {
    signal: 'issues',
    scope: { operation: null, quantile: null, issue: scope.issue },
    unit: 'ratio',
    worse: 'higher',
    exposure: scope.exposure,
    candidate: { value: n1 > 0 ? sums.x1 / n1 : null, n: n1 },
    baseline: { value: n0 > 0 ? x0 / n0 : null, n: n0 },
    ...effect,
    // The past is never met without an event, but a ratio to none is none.
    estimate: x0 > 0 ? effect.estimate : null,
    confidence: 1 - policy.alpha,
    minimumEffect: start.rule.minimumEffect,
    logE,
    weightedLogE: weighted(facts, scope, logE),
    // One issue is worse where e-BH calls it, whatever its own interval says.
    conclusion: scope.issue !== null && conclusion === 'worse' ? 'unknown' : conclusion,
    needed: 0,
    quantileNs: null,
    counted: null,
  }
  return { evidence, scope: undefined }
}
