import type {
  Action,
  BaselineKind,
  Severity,
  SignalId,
  VerdictState,
} from '@aftermath/schemas/verdict'
import type { Policy } from '../policy/policy.ts'

/** What the comparison found, at one minute. */
export type DecisionEvidence = {
  /** ln of the e-value of the whole release, after the effect gate. */
  logE: number
  /** Worst of the scopes past the gate whose own e-value is at least 20. */
  severity: Severity | null
  /** The same of those scopes alone whose lower bound exceeds what the baseline's kind allows. */
  rollBackSeverity: Severity | null
  /** Signals whose weighted e-value names them. */
  named: SignalId[]
  /** Signals without weight whose own e-value asks for attention. */
  weightlessAlarms: SignalId[]
  /** Operations past the gate by e-BH, whatever their signal. */
  accusedOperations: string[]
  /** Operations that only the release has, and that fail more than they may, by e-BH. */
  failingNewOperations: string[]
  /** The e-value of issues says that something is wrong, named or not. */
  issuesSuspicious: boolean
  /** Unhandled issues of two users or more, by e-BH. */
  accusedIssues: string[]
  /** People say so, and no other signal does. */
  silentRegression: boolean
  /** The one instance that carries nearly all of the excess. */
  outlierInstance: string | null
  /** The top frame of a harmful issue lies in a file that the release changed. */
  causeKnown: boolean
  /** Each of the last minutes fails far above the baseline, beyond doubt. */
  failsOutright: boolean
  /** Of the service, and of each operation that must not regress. */
  guardrails: { signal: SignalId; operation: string | null; passed: boolean }[]
  /** Lower bound of events beyond the baseline's, per minute. */
  harmPerMinute: number
}

/** What is known of the release and its surroundings, at the same minute. */
export type DecisionContext = {
  baselineKind: BaselineKind
  baselineBad: boolean
  /** Minutes with both arms, warm-up excluded. */
  judgedMinutes: number
  /** Since the release's first request. */
  ageMinutes: number
  /** Some signal has its minimum of requests per arm; every guardrail has. */
  someMinimumMet: boolean
  guardrailMinimaMet: boolean
  silent: boolean
  /** Why what is counted says nothing of what happened. */
  fault: 'clock_skew' | 'biased_sample' | null
  globalShift: boolean
  /** Too few undisturbed services to tell the release from the world. */
  noControls: boolean
  /** A signal that is named changed level when the release was deployed. */
  changedAtDeployment: boolean
  /** The harm of the latched verdict is gone for an hour: a verdict is at most watch. */
  wentAway: boolean
  /** Share of the service's traffic, null if unknown. */
  share: number | null
  rollBackTo: string | null
  newerRelease: string | null
  irreversibleMigration: boolean
  /** What `rollBackTo` was built of is gone. */
  artifactsGone: boolean
  /** A flag of this release, the share of the excess that it explains. */
  flag: { key: string; excessShare: number; canBeTurnedOff: boolean } | null
  /** An objective burns fast now; one burned, fast or slowly, within the last day. */
  sloPaging: boolean
  sloFiredInDay: boolean
}

export type Decision = {
  /** Row of the policy table. */
  row: '0' | '1' | '1b' | '2' | '3' | '4' | '5' | '6' | '7' | '8'
  state: VerdictState
  action: Action | null
  severity: Severity | null
  /** Codes of what fired or holds the verdict back, in order. */
  reasons: ReasonCode[]
}

export type ReasonCode =
  | 'silent'
  | 'clock_skew'
  | 'biased_sample'
  | 'not_compared'
  | 'minima_unmet'
  | 'global_shift'
  | 'instance_outlier'
  | 'slo_paging'
  | 'went_away'
  | 'fails_outright'
  | 'harmful'
  | 'suspicious'
  | 'weightless_alarm'
  | 'new_operation'
  | 'silent_regression'
  | 'flag'
  | 'cause_known'
  | 'no_change_at_deployment'
  | 'within_time_shift'
  | 'no_roll_back_target'
  | 'newer_release'
  | 'irreversible_migration'
  | 'artifacts_gone'
  | 'minor'
  | 'not_worth_it'
  | 'long_at_full_traffic'
  | 'baseline_bad'
  | 'operation_accused'
  | 'issue_accused'
  | 'no_regression'
  | 'first_release'
  | 'slo_fired'
  | 'soaking'
  | 'not_proven'

/**
 * The verdict at one minute: the first row of the policy table that fits. Pure, and without memory:
 * what an earlier verdict still holds is hysteresis (`holdVerdict`).
 */
export function decide(
  evidence: DecisionEvidence,
  context: DecisionContext,
  policy: Policy,
): Decision {
  const facts = { evidence, context, policy }
  for (const row of rows) {
    const decision = row(facts)
    if (decision !== undefined) return decision
  }
  return neutral('8', 'watch', [...shipObstacles(facts), 'not_proven'])
}

type Facts = { evidence: DecisionEvidence; context: DecisionContext; policy: Policy }
type Row = (facts: Facts) => Decision | undefined

/** Top down; the first that answers decides. */
const rows: Row[] = [
  notCompared,
  notTheRelease,
  failsOutright,
  provenHarm,
  knownCause,
  suspicion,
  firstRelease,
  noRegression,
  stillSoaking,
]

/** Row 0: no data, data that mislead, or not enough for any signal. */
function notCompared({ evidence, context, policy }: Facts): Decision | undefined {
  if (context.silent) return neutral('0', 'insufficient_data', ['silent'])
  if (context.fault !== null) return neutral('0', 'insufficient_data', [context.fault])
  if (context.baselineKind === 'none' || evidence.failsOutright) return undefined
  // Errors may tell what requests cannot yet: a crash loop never gets past its warm-up.
  if (reaches(evidence, policy.thresholds.watch)) return undefined
  if (context.judgedMinutes === 0) return neutral('0', 'insufficient_data', ['not_compared'])
  if (context.someMinimumMet) return undefined
  return neutral('0', 'insufficient_data', ['minima_unmet'])
}

/** Row 1: it is the environment, one machine, or over; or nothing is there to compare with. */
function notTheRelease({ evidence, context, policy }: Facts): Decision | undefined {
  const { severity, outlierInstance } = evidence
  if (context.wentAway) return { ...neutral('1', 'watch', ['went_away']), severity }
  if (context.baselineKind === 'none' && context.sloPaging) {
    return neutral('1', 'watch', ['slo_paging'])
  }
  if (!reaches(evidence, policy.thresholds.watch)) return undefined
  if (context.globalShift) return { ...neutral('1', 'watch', ['global_shift']), severity }
  if (outlierInstance === null) return undefined
  return { ...neutral('1', 'watch', ['instance_outlier']), severity }
}

/** Row 1b: failing outright needs no half hour of statistics. */
function failsOutright({ evidence, context, policy }: Facts): Decision | undefined {
  if (!evidence.failsOutright) return undefined
  const critical = { ...evidence, severity: 'critical', rollBackSeverity: 'critical' } as const
  return harmful('1b', ['fails_outright'], { evidence: critical, context, policy })
}

/** Rows 2 to 4: harm beyond doubt. */
function provenHarm({ evidence, context, policy }: Facts): Decision | undefined {
  if (!reaches(evidence, policy.thresholds.rollBack) || evidence.severity === null) return undefined
  return harmful(null, ['harmful'], { evidence, context, policy })
}

/**
 * A flag is turned off where it is to blame, the release is rolled back where that is possible and
 * cheaper, and else patched.
 *
 * @param row shown instead of the one that fits: 1b decides as they do
 */
function harmful(row: '1b' | null, reasons: ReasonCode[], facts: Facts): Decision {
  const { evidence, context, policy } = facts
  const { severity } = evidence
  const { flag } = context
  const minor = severity === 'minor'
  if (!minor && flag?.canBeTurnedOff && flag.excessShare >= policy.flagShareMin) {
    return {
      row: row ?? '2',
      state: 'roll_back',
      action: 'turn_off_flag',
      severity,
      reasons: [...reasons, 'flag'],
    }
  }
  const obstacles: ReasonCode[] = minor ? ['minor'] : rollBackObstacles(facts)
  if (obstacles.length === 0) {
    return { row: row ?? '3', state: 'roll_back', action: 'roll_back', severity, reasons }
  }
  return {
    row: row ?? '4',
    state: 'patch',
    action: 'patch',
    severity,
    reasons: [...reasons, ...obstacles],
  }
}

/** Why a release that does harm is not rolled back: not feasible, not cheaper, or not proven to be it. */
function rollBackObstacles({ evidence, context, policy }: Facts): ReasonCode[] {
  const { minutesToPatch, minutesToRollBack, cost, ageMinutesMax, fullTrafficShare } =
    policy.rollBack
  const overTime = context.baselineKind !== 'concurrent'
  const saved = evidence.harmPerMinute * (minutesToPatch - minutesToRollBack)
  const settled = context.ageMinutes > ageMinutesMax && (context.share ?? 1) >= fullTrafficShare
  const canary = context.share !== null && context.share <= policy.rollBack.canaryShareMax
  const checks: [ReasonCode, boolean][] = [
    ['cause_known', canary && evidence.causeKnown && evidence.severity === 'major'],
    ['no_roll_back_target', context.rollBackTo === null],
    ['artifacts_gone', context.rollBackTo !== null && context.artifactsGone],
    ['newer_release', context.newerRelease !== null],
    ['irreversible_migration', context.irreversibleMigration],
    ['not_worth_it', !evidence.failsOutright && saved <= cost],
    ['long_at_full_traffic', settled && evidence.severity !== 'critical'],
    [
      'within_time_shift',
      evidence.rollBackSeverity === null || evidence.rollBackSeverity === 'minor',
    ],
    ['no_change_at_deployment', overTime && context.noControls && !context.changedAtDeployment],
  ]
  return checks.filter(([, holds]) => holds).map(([code]) => code)
}

/** Row 4, before the last doubt is gone: whoever knows the cause can mend it already. */
function knownCause({ evidence, policy }: Facts): Decision | undefined {
  if (!evidence.causeKnown || evidence.severity === null) return undefined
  if (!reaches(evidence, policy.thresholds.patch)) return undefined
  const { severity } = evidence
  return { row: '4', state: 'patch', action: 'patch', severity, reasons: ['cause_known'] }
}

/** Row 5. */
function suspicion({ evidence, context, policy }: Facts): Decision | undefined {
  const checks: [ReasonCode, boolean][] = [
    ['suspicious', reaches(evidence, policy.thresholds.watch)],
    ['weightless_alarm', evidence.weightlessAlarms.length > 0],
    ['new_operation', evidence.failingNewOperations.length > 0],
    ['silent_regression', evidence.silentRegression],
    ['slo_paging', context.sloPaging],
  ]
  const reasons = checks.filter(([, holds]) => holds).map(([code]) => code)
  if (reasons.length === 0) return undefined
  return { ...neutral('5', 'watch', reasons), severity: evidence.severity }
}

/** Row 6 without a baseline: a day of life without an objective that fires. */
function firstRelease({ context, policy }: Facts): Decision | undefined {
  if (context.baselineKind !== 'none') return undefined
  if (context.ageMinutes < policy.soakMinutesMax) {
    return neutral('7', 'insufficient_data', ['first_release'])
  }
  return context.sloFiredInDay
    ? neutral('8', 'watch', ['slo_fired'])
    : neutral('6', 'ship', ['first_release'])
}

/** Row 6: every guardrail excludes an effect that matters, and nothing else is accused. */
function noRegression({ evidence, context, policy }: Facts): Decision | undefined {
  const { guardrails } = evidence
  if (guardrails.length === 0 || !guardrails.every(({ passed }) => passed)) return undefined
  if (shipObstacles({ evidence, context, policy }).length > 0) return undefined
  if (context.judgedMinutes < policy.judgedMinutesMin) return undefined
  return neutral('6', 'ship', ['no_regression'])
}

/** What keeps a release from shipping though its guardrails pass. */
function shipObstacles({ evidence, context }: Facts): ReasonCode[] {
  const checks: [ReasonCode, boolean][] = [
    ['operation_accused', evidence.accusedOperations.length > 0],
    ['issue_accused', evidence.issuesSuspicious || evidence.accusedIssues.length > 0],
    ['baseline_bad', context.baselineBad],
  ]
  return checks.filter(([, holds]) => holds).map(([code]) => code)
}

/** Row 7. */
function stillSoaking({ evidence, context, policy }: Facts): Decision | undefined {
  if (context.ageMinutes >= policy.soakMinutesMax && context.guardrailMinimaMet) return undefined
  const reasons: ReasonCode[] = [
    ...(context.guardrailMinimaMet ? [] : (['minima_unmet'] as const)),
    ...shipObstacles({ evidence, context, policy }),
    'soaking',
  ]
  return neutral('7', 'insufficient_data', reasons)
}

function reaches(evidence: DecisionEvidence, threshold: number): boolean {
  return evidence.logE >= Math.log(threshold)
}

function neutral(row: Decision['row'], state: VerdictState, reasons: ReasonCode[]): Decision {
  return { row, state, action: null, severity: null, reasons }
}
