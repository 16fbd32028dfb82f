import type { BaselineKind, Eta, Reason, SignalId } from '@aftermath/schemas/verdict'
import type { Decision, DecisionEvidence, ReasonCode } from './decide.ts'
import type { EvidenceRow } from './evidence-rows.ts'
import type { JudgeInput } from './judgement.ts'
import type { UsersReached } from './reach.ts'
import { effectVisibleInDay } from './release-eta.ts'
import type { ReleaseWatch } from '../watch/release-watch.ts'
import { effectWords, harmWords, SIGNAL_NAMES } from '../signals/signal-words.ts'
import type { IssueFacts } from '../signals/signal-input.ts'
import { spokenRow } from './spoken-row.ts'
import { count, duration, minutesWords, percent, points } from './words.ts'

/** All that the sentences about a verdict are made from. */
export type Told = {
  decision: Decision
  evidence: DecisionEvidence
  rows: EvidenceRow[]
  eta: Eta | null
  excessFailures: number | null
  usersReached: UsersReached | null
  /** How the last minutes were compared. */
  baselineKind: BaselineKind
  judgedMinutes: number
  watch: ReleaseWatch
  input: JudgeInput
}

/** The verdict in one or two sentences: what, how big, compared with what. */
export function verdictSentence(told: Told): string {
  switch (told.decision.state) {
    case 'roll_back':
      return told.decision.action === 'turn_off_flag'
        ? `${harmSentence(told)}${basis(told)} ${reasonSentence('flag', told)}`
        : `${harmSentence(told)}${basis(told)}`
    case 'patch':
      return `${harmSentence(told)}${basis(told)} ${obstacleSentence(told)}`.trim()
    case 'watch':
      return watchSentence(told)
    case 'ship':
      return shipSentence(told)
    case 'insufficient_data':
      return collectingSentence(told)
  }
}

/** The rules that fired or hold the verdict back, in order. */
export function reasonsOf(told: Told): Reason[] {
  return told.decision.reasons.map((code) => ({ code, sentence: reasonSentence(code, told) }))
}

/** Since {version}, {bad} of {operation} fail instead of {base}. */
function harmSentence(told: Told): string {
  const { input, excessFailures } = told
  const row = rowOf(told)
  if (row === undefined) return `${input.candidate} is worse than ${baselineName(input)}.`
  const what = row.scope.operation ?? 'requests'
  if (row.signal === 'error_rate') {
    const shares = `${shareOf(row.candidate.value)} of ${what} fail instead of ${shareOf(row.baseline.value)}`
    const more = excessFailures === null ? 0 : Math.round(excessFailures)
    const lately = latelySuffix(told, row)
    const so = row.scope.operation === null && more >= 1 ? `: about ${count(more)} more so far` : ''
    return `Since ${input.candidate}, ${shares}${lately}${so}${so === '' ? '' : hitWords(told)}.`
  }
  if (row.signal !== 'latency') {
    return `Since ${input.candidate}, ${harmWords(row, issueOf(input, row.scope.issue))}.`
  }
  const { quantile } = row.scope
  const { candidate, baseline } = row.quantileNs ?? { candidate: null, baseline: null }
  if (candidate !== null && baseline !== null && candidate > baseline) {
    const limits = `up to ${duration(candidate)} instead of ${duration(baseline)}`
    return `Since ${input.candidate}, ${percent(quantile ?? 0)} of ${what} take ${limits}.`
  }
  const slow = `are slower than ${percent(quantile ?? 0)} of them were on ${baselineName(input)}`
  return `Since ${input.candidate}, ${shareOf(row.candidate.value)} of ${what} ${slow}.`
}

function issueOf({ signals }: JudgeInput, id: string | null): IssueFacts | undefined {
  const issues = signals.flatMap((signal) => (signal.kind === 'issues' ? signal.issues : []))
  return issues.find((issue) => issue.id === id)
}

function rowOf({ decision, rows }: Told): EvidenceRow['evidence'] | undefined {
  return spokenRow(
    decision.state,
    rows.map(({ evidence }) => evidence),
  )
}

/** Who met it, where requests carry users. */
function hitWords({ usersReached: reached }: Told): string {
  if (reached === null || reached.users < 1) return ''
  return `, and about ${count(reached.users)} users hit (${percent(reached.share)})`
}

/** A fault that began late is diluted in the whole life: the last ten minutes say how it is now. */
function latelySuffix({ rows }: Told, evidence: EvidenceRow['evidence']): string {
  const scope = rows.find((row) => row.evidence === evidence)?.scope
  const { minutes, n1, x1 } = scope?.watched.recent.last(10) ?? { minutes: 0, n1: 0, x1: 0 }
  const whole = evidence.candidate.value ?? 0
  return n1 > 0 && x1 / n1 > 2 * whole ? `, ${percent(x1 / n1)} in the last ${minutes} minutes` : ''
}

function basis({ input, baselineKind }: Told): string {
  if (baselineKind === 'previous_time_matched') {
    return ` Compared with ${baselineName(input)} in the same minutes of an earlier week.`
  }
  if (baselineKind !== 'previous_window' || input.reference === null) return ''
  const { untilMinute, fromMinute } = input.reference
  const window = minutesWords(untilMinute - fromMinute)
  return ` Compared with ${baselineName(input)} in the ${window} before the deployment.`
}

function obstacleSentence(told: Told): string {
  const [first, ...obstacles] = reasonsOf(told)
  return (obstacles[0] ?? first)?.sentence ?? ''
}

/** Reasons to watch that no row of evidence tells better. */
const SPEAK_FOR_THEMSELVES: ReadonlySet<ReasonCode> = new Set([
  'global_shift',
  'went_away',
  'instance_outlier',
  'slo_paging',
  'slo_fired',
  'new_operation',
  'silent_regression',
  'weightless_alarm',
] as const)

function watchSentence(told: Told): string {
  const { decision, input } = told
  const [reason] = decision.reasons
  const row = rowOf(told)
  if (reason !== undefined && SPEAK_FOR_THEMSELVES.has(reason)) return reasonSentence(reason, told)
  if (decision.reasons.includes('not_proven') || row === undefined) return notProvenSentence(told)
  const name = SIGNAL_NAMES[row.signal]
  const where = row.scope.operation === null ? input.candidate : row.scope.operation
  const effect =
    row.signal === 'latency'
      ? ` for about ${points(row.estimate ?? 0)} of requests`
      : effectWords(row)
  return `${name} of ${where} looks worse${effect}, not yet certain.${basis(told)}`
}

function notProvenSentence({ rows, input }: Told): string {
  const errors = rows[0]?.evidence
  if (errors?.high === undefined || errors.high === null) {
    return `${input.candidate} is neither proven worse nor proven harmless.`
  }
  const most = `a rise of the error rate by up to ${points(Math.max(0, errors.high))}`
  return `${input.candidate} is not proven worse, but ${most} is not excluded.`
}

const GUARDRAIL_NAMES: Partial<Record<SignalId, string>> = {
  error_rate: 'the error rate',
  latency: 'slow requests',
  crash_free_sessions: 'sessions that crash',
}

function shipSentence(told: Told): string {
  const { decision, rows, input } = told
  if (decision.reasons.includes('first_release')) return reasonOfFirst(input)
  const limits = rows
    .map(({ evidence }) => evidence)
    .filter(({ scope }) => scope.operation === null)
    .filter(({ signal }) => told.evidence.guardrails.some((each) => each.signal === signal))
    .filter(({ scope }) => scope.quantile === null || scope.quantile === 0.95)
    .map(({ signal, minimumEffect }) => {
      const name = GUARDRAIL_NAMES[signal] ?? SIGNAL_NAMES[signal]
      return `${points(minimumEffect)} for ${name}`
    })
  const requests = count(rows[0]?.evidence.candidate.n ?? 0)
  return `After ${requests} requests no signal is worse by more than what matters: ${limits.join(', ')}.`
}

/** Why more requests would not help. */
const NOTHING_TO_COUNT: ReadonlySet<ReasonCode> = new Set([
  'silent',
  'first_release',
  'clock_skew',
  'biased_sample',
] as const)

function collectingSentence(told: Told): string {
  const { decision, eta, rows, judgedMinutes, input } = told
  const [reason] = decision.reasons
  if (reason !== undefined && NOTHING_TO_COUNT.has(reason)) return reasonSentence(reason, told)
  const seen = rows[0]?.evidence.candidate.n ?? 0
  if (judgedMinutes === 0) {
    const warmup = `the first ${input.policy.warmupMinutes} minutes of a release are not judged`
    return `No minute of ${input.candidate} is compared yet: ${warmup}.`
  }
  if (eta === null) {
    const smallest = effectVisibleInDay(told.watch, input.policy)
    const visible = smallest === null ? '' : `; a day of it excludes a rise of ${points(smallest)}`
    return `${count(seen)} requests seen: the present traffic does not settle it within a week${visible}.`
  }
  const about = seen + (seen / judgedMinutes) * eta.minutes
  const of = seen > 0 ? `${count(seen)} of about ${count(twoDigits(about))}` : 'No'
  return `${of} requests seen: about ${minutesWords(eta.minutes)} at the present traffic.`
}

function twoDigits(value: number): number {
  return Number(value.toPrecision(2))
}

function reasonOfFirst({ baseline, candidate }: JudgeInput): string {
  return `${candidate} stands alone so far. ${baseline.why}`
}

function reasonSentence(code: ReasonCode, told: Told): string {
  const { input, evidence } = told
  const { candidate, lifecycle, policy } = input
  switch (code) {
    case 'silent':
      return `The service has sent nothing for ${policy.silence.minutes} minutes, so nothing can be said of ${candidate}.`
    case 'clock_skew':
      return `Most requests of ${candidate} come from instances whose clocks run more than 5 minutes ahead: set their clocks, then it can be judged.`
    case 'biased_sample':
      return `Failed requests of ${candidate} were kept more often than others, so their share says nothing: sample before the outcome is known, or send metrics.`
    case 'not_compared':
      return `No minute of ${candidate} has a counterpart of its baseline yet.`
    case 'minima_unmet':
      return `A signal is judged from ${count(policy.requestsMin.errors)} requests of each release.`
    case 'global_shift':
      return 'Services without a deployment got worse in the same minutes: more likely the environment than the release.'
    case 'instance_outlier':
      return `Nearly all of the excess comes from one instance, ${evidence.outlierInstance ?? 'no longer'}: more likely the machine than the release.`
    case 'slo_paging':
      return 'An objective of the service burns its budget fast at present.'
    case 'went_away':
      return `The last ${policy.hysteresis.wentAwayMinutes} minutes show none of the harm found in ${candidate} before.`
    case 'fails_outright': {
      const { minutes, errorRateAbove } = policy.outright
      return `Each of ${minutes} minutes running fails at least ${points(errorRateAbove)} above the baseline.`
    }
    case 'harmful':
      return `The evidence against ${candidate} passed its strictest threshold: ${signalNames(evidence)}.`
    case 'suspicious':
      return `The evidence against ${candidate} passed the threshold of attention, not that of action.`
    case 'weightless_alarm':
      return `${listed(
        evidence.weightlessAlarms.map((signal) => SIGNAL_NAMES[signal]),
        'A signal without weight',
      )} clearly got worse; the signals that carry weight do not say so yet.`
    case 'new_operation':
      return `${listed(evidence.failingNewOperations, 'An operation')}: new, and failing more than ${policy.newOperationFactor} times as often as the service did.`
    case 'silent_regression':
      return 'People say that it got worse, and no telemetry does.'
    case 'flag':
      return `The flag ${lifecycle.flag?.key ?? ''} explains ${percent(lifecycle.flag?.excessShare ?? 0)} of the excess: turn it off, and keep the release.`
    case 'cause_known':
      return 'The harm begins in a file that the release changed: it can be mended now.'
    case 'artifacts_gone':
      return `What ${lifecycle.rollBackTo ?? 'the last good release'} was built of is gone, so it cannot be deployed again.`
    case 'operation_accused':
      return `${listed(evidence.accusedOperations, 'An operation')} got worse, too small to show in the whole.`
    case 'issue_accused':
      return evidence.accusedIssues.length === 0
        ? 'Errors of the release are more than chance explains.'
        : `New or more frequent errors of the release: ${listed(evidence.accusedIssues, 'some')}.`
    case 'slo_fired':
      return 'An objective of the service burned within the last day, and no earlier release shows what is usual.'
    case 'minor':
      return 'The effect is small enough to be fixed forward.'
    case 'no_change_at_deployment':
      return `No other services show how the environment did, and the change did not begin within ${policy.changeWithinMinutes} minutes of the deployment: fix forward.`
    case 'within_time_shift':
      return 'Releases compared over time differ by chance of the day: the effect is not large enough beyond that to roll back.'
    case 'no_roll_back_target':
      return 'No earlier release is known to be good, so there is nothing to roll back to.'
    case 'newer_release':
      return `${lifecycle.newerRelease ?? 'A newer release'} was deployed since, so a roll back would not undo this one.`
    case 'irreversible_migration':
      return 'A migration since the last good release cannot be undone: fix forward.'
    case 'not_worth_it':
      return 'Rolling back would cost more than the harm until a patch.'
    case 'long_at_full_traffic':
      return 'The release has carried all traffic for more than a day: fix forward.'
    case 'baseline_bad':
      return `${baselineName(input)} was itself judged harmful, so being no worse than it is no praise.`
    case 'no_regression':
      return evidence.guardrails.some(({ signal }) => signal === 'crash_free_sessions')
        ? 'Error rate, slow requests and crashes all exclude a rise that matters.'
        : 'Error rate and slow requests both exclude a rise that matters.'
    case 'first_release':
      return reasonOfFirst(input)
    case 'soaking':
      return `A rise that matters is not excluded yet; after ${minutesWords(policy.soakMinutesMax)} that is an answer too.`
    case 'not_proven':
      return `After ${minutesWords(policy.soakMinutesMax)} neither harm nor its absence is proven.`
  }
}

function signalNames({ named }: DecisionEvidence): string {
  return named.length === 0
    ? 'no single signal'
    : named.map((signal) => SIGNAL_NAMES[signal].toLowerCase()).join(', ')
}

/** The first few names; evidence may have faded since it was held against them. */
function listed(names: string[], none: string): string {
  if (names.length === 0) return none
  const more = names.length > NAMES_SHOWN ? ` and ${count(names.length - NAMES_SHOWN)} more` : ''
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more}`
}

const NAMES_SHOWN = 3

function baselineName({ baseline }: JudgeInput): string {
  return baseline.version ?? 'the baseline'
}

function shareOf(value: number | null): string {
  return value === null ? 'none' : percent(value)
}
