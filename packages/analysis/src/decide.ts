import type { BaselineKind, Severity, SignalId, VerdictState } from '@aftermath/schemas/verdict'
import type { Policy } from './policy.ts'

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
  /** Operations of named signals, by e-BH, past the gate. */
  accusedOperations: string[]
  /** Each of the last minutes fails far above the baseline, beyond doubt. */
  failsOutright: boolean
  guardrails: { signal: SignalId; passed: boolean }[]
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
}

export type Decision = {
  /** Row of the policy table. */
  row: '0' | '1' | '1b' | '3' | '4' | '5' | '6' | '7' | '8'
  state: VerdictState
  action: 'roll_back' | 'patch' | null
  severity: Severity | null
  /** Codes of what fired or holds the verdict back, in order. */
  reasons: ReasonCode[]
}

export type ReasonCode =
  | 'silent'
  | 'not_compared'
  | 'minima_unmet'
  | 'global_shift'
  | 'went_away'
  | 'fails_outright'
  | 'harmful'
  | 'suspicious'
  | 'no_change_at_deployment'
  | 'within_time_shift'
  | 'no_roll_back_target'
  | 'newer_release'
  | 'irreversible_migration'
  | 'minor'
  | 'not_worth_it'
  | 'long_at_full_traffic'
  | 'baseline_bad'
  | 'no_regression'
  | 'first_release'
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
  return neutral('8', 'watch', ['not_proven'])
}

type Facts = { evidence: DecisionEvidence; context: DecisionContext; policy: Policy }
type Row = (facts: Facts) => Decision | undefined

/** Top down; the first that answers decides. */
const rows: Row[] = [
  notCompared,
  notTheRelease,
  failsOutright,
  provenHarm,
  suspicion,
  firstRelease,
  noRegression,
  stillSoaking,
]

/** Row 0: no data, or not enough for any signal. */
function notCompared({ evidence, context, policy }: Facts): Decision | undefined {
  if (context.silent) return neutral('0', 'insufficient_data', ['silent'])
  if (context.baselineKind === 'none' || evidence.failsOutright) return undefined
  if (context.judgedMinutes === 0) return neutral('0', 'insufficient_data', ['not_compared'])
  const suspicious = evidence.logE >= Math.log(policy.thresholds.watch)
  if (context.someMinimumMet || suspicious) return undefined
  return neutral('0', 'insufficient_data', ['minima_unmet'])
}

/** Row 1: the whole environment moved, or the harm is over. */
function notTheRelease({ evidence, context, policy }: Facts): Decision | undefined {
  const { severity } = evidence
  if (context.wentAway) return { ...neutral('1', 'watch', ['went_away']), severity }
  const suspicious = evidence.logE >= Math.log(policy.thresholds.watch)
  if (!suspicious || !context.globalShift) return undefined
  return { ...neutral('1', 'watch', ['global_shift']), severity }
}

/** Row 1b: failing outright needs no half hour of statistics. */
function failsOutright({ evidence, context, policy }: Facts): Decision | undefined {
  if (!evidence.failsOutright) return undefined
  const obstacles = rollBackObstacles(
    { ...evidence, severity: 'critical', rollBackSeverity: 'critical' },
    context,
    policy,
  )
  return harmful('1b', 'critical', ['fails_outright'], obstacles)
}

/** Rows 3 and 4: harm beyond doubt is rolled back, or patched where that is not possible. */
function provenHarm({ evidence, context, policy }: Facts): Decision | undefined {
  if (evidence.logE < Math.log(policy.thresholds.rollBack)) return undefined
  if (evidence.severity === null) return undefined
  const obstacles = rollBackObstacles(evidence, context, policy)
  const minor = evidence.severity === 'minor'
  return harmful('3', evidence.severity, ['harmful'], minor ? ['minor'] : obstacles)
}

function harmful(
  row: '1b' | '3',
  severity: Severity,
  reasons: ReasonCode[],
  obstacles: ReasonCode[],
): Decision {
  return obstacles.length === 0
    ? { row, state: 'roll_back', action: 'roll_back', severity, reasons }
    : {
        row: row === '3' ? '4' : row,
        state: 'patch',
        action: 'patch',
        severity,
        reasons: [...reasons, ...obstacles],
      }
}

/** Why a release that does harm is not rolled back: not feasible, not cheaper, or not proven to be it. */
function rollBackObstacles(
  evidence: DecisionEvidence,
  context: DecisionContext,
  policy: Policy,
): ReasonCode[] {
  const { minutesToPatch, minutesToRollBack, cost, ageMinutesMax, fullTrafficShare } =
    policy.rollBack
  const overTime = context.baselineKind !== 'concurrent'
  const saved = evidence.harmPerMinute * (minutesToPatch - minutesToRollBack)
  const settled = context.ageMinutes > ageMinutesMax && (context.share ?? 1) >= fullTrafficShare
  const checks: [ReasonCode, boolean][] = [
    ['no_roll_back_target', context.rollBackTo === null],
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

/** Row 5. */
function suspicion({ evidence, policy }: Facts): Decision | undefined {
  if (evidence.logE < Math.log(policy.thresholds.watch)) return undefined
  return { ...neutral('5', 'watch', ['suspicious']), severity: evidence.severity }
}

/** Row 6 without a baseline: a day of life; no objective can have fired where none is defined. */
function firstRelease({ context, policy }: Facts): Decision | undefined {
  if (context.baselineKind !== 'none') return undefined
  return context.ageMinutes >= policy.soakMinutesMax
    ? neutral('6', 'ship', ['first_release'])
    : neutral('7', 'insufficient_data', ['first_release'])
}

/** Row 6: every guardrail excludes an effect that matters, and nothing else is accused. */
function noRegression({ evidence, context, policy }: Facts): Decision | undefined {
  const { guardrails, accusedOperations } = evidence
  if (guardrails.length === 0 || !guardrails.every(({ passed }) => passed)) return undefined
  if (accusedOperations.length > 0 || context.baselineBad) return undefined
  if (context.judgedMinutes < policy.judgedMinutesMin) return undefined
  return neutral('6', 'ship', ['no_regression'])
}

/** Row 7. */
function stillSoaking({ context, policy }: Facts): Decision | undefined {
  if (context.ageMinutes >= policy.soakMinutesMax && context.guardrailMinimaMet) return undefined
  const reasons: ReasonCode[] = [
    ...(context.guardrailMinimaMet ? [] : (['minima_unmet'] as const)),
    ...(context.baselineBad ? (['baseline_bad'] as const) : []),
    'soaking',
  ]
  return neutral('7', 'insufficient_data', reasons)
}

function neutral(row: Decision['row'], state: VerdictState, reasons: ReasonCode[]): Decision {
  return { row, state, action: null, severity: null, reasons }
}
