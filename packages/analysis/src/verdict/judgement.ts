/**
 * What a judgement takes and gives: `judge(input: JudgeInput): Judgement` (judge.ts).
 *
 * A caller goes: minute totals → `chooseBaseline` → histograms of its reference window →
 * `latencyThresholds` → minutes of both windows, slow requests counted → `referenceOf` → `judge`.
 */
import type {
  Action,
  BaselineSummary,
  Eta,
  Evidence,
  Reason,
  Severity,
  VerdictState,
} from '@aftermath/schemas/verdict'
import type { Baseline, SloAlert } from '../baseline/choose-baseline.ts'
import type { InstanceMinutes } from '../counts/instances.ts'
import type { OperationHistogram } from '../latency/latency-thresholds.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'
import type { NewOperation } from '../watch/new-operations.ts'
import type { Policy } from '../policy/policy.ts'
import type { UsersReached } from './reach.ts'
import type { Reference } from '../baseline/reference.ts'
import type { SignalInput, UsersHit } from '../signals/signal-input.ts'

/** Everything a judgement is made of. The same input gives the same bytes, on any day. */
export type JudgeInput = {
  candidate: string
  /** From `chooseBaseline`. */
  baseline: Baseline
  /** From `referenceOf` over `baseline.reference`; null where there is no such window. */
  reference: Reference | null
  /**
   * Minutes of `baseline.comparison`: the candidate, and the baseline where it served the same
   * minutes (kind `concurrent`). Rows outside the window are ignored.
   */
  columns: MinuteColumns
  /** Durations of both arms, for quantiles shown and for severity. */
  histograms: LatencyHistograms
  /** Sessions, issues, levels and all else besides requests (signal-input.ts); may be empty. */
  signals: SignalInput[]
  /** Users of requests, and those with a failed one; null: requests carry no user. */
  users: UsersHit | null
  /** Services of the environment without a deployment in either window; may be empty. */
  controls: Control[]
  /** Instances of the service, for their warm-up, their clocks and the one that fails; null: unknown. */
  instances: InstanceMinutes | null
  sampling: Sampling
  lifecycle: Lifecycle
  /**
   * From `placeboLogRatios`: how much error rates differ from day to day, or week to week, without a
   * deployment. Fewer than four: κ = 0.5.
   */
  placeboLogRatios: number[]
  nowMs: number
  policy: Policy
}

/** `recent` is the last hour: what began late is diluted in the whole life. */
export type LatencyHistograms = {
  /** The reference window for kind `previous_window`, else the comparison's minutes. */
  baseline: OperationHistogram[]
  candidate: OperationHistogram[]
  candidateRecent: OperationHistogram[]
}

/** Minute totals of another service over the same two windows, ascending minutes. */
export type Control = {
  service: string
  reference: ControlMinutes
  comparison: ControlMinutes
}
export type ControlMinutes = {
  minute: Int32Array
  requests: Float64Array
  failures: Float64Array
}

/** How the spans behind the counts were sampled. Tests run on what came; what is shown is scaled. */
export type Sampling = {
  /** Requests that there were for each one counted, ≥ 1. */
  weight: number
  /** Failed requests were kept more often than others: their share says nothing. */
  biased: boolean
}

/** What minutes alone do not tell. */
export type Lifecycle = {
  /** Requests of every version of the service in the last ten judged minutes. */
  serviceRequestsLately: number
  /** The same per ten minutes of the hour before those. */
  serviceRequestsUsual: number
  /** Whether any other service sent data in the last ten judged minutes. */
  othersReport: boolean
  /** Present share of the service's traffic, 0…1. */
  share: number | null
  /** Deployed later than the candidate in the environment. */
  newerRelease: string | null
  /** The last earlier release that was not judged harmful: where a roll back would lead. */
  rollBackTo: string | null
  /** A deployment since `rollBackTo` cannot be undone. */
  irreversibleMigration: boolean
  /** What `rollBackTo` was built of is gone. */
  artifactsGone: boolean
  /** A flag of this release and the share of its excess that it explains; null: none was tested. */
  flag: { key: string; excessShare: number; canBeTurnedOff: boolean } | null
  /** When objectives of the service burned, any order. */
  sloAlerts: SloAlert[]
  /** When a person last decided on the release, or a flag changed: ends a latched verdict. */
  decidedAtMs: number | null
}

export type Judgement = {
  verdict: VerdictState
  severity: Severity | null
  action: Action | null
  sentence: string
  /** Whole service first, then accused or most notable operations, pages and issues. */
  evidence: Evidence[]
  eta: Eta | null
  reasons: Reason[]
  changesIt: string[]
  flags: string[]
  baseline: BaselineSummary
  /** End of the last judged minute; null before the first. */
  judgedUntilMs: number | null
  judgedMinutes: number
  /** When the present verdict began. */
  sinceMs: number | null
  /** Failed requests beyond what the baseline's rate would have given, floor 0. */
  excessFailures: number | null
  usersReached: UsersReached | null
  /** Operations that only the release has; listed, and watched where they fail too much. */
  newOperations: NewOperation[]
  /** ln of the e-value of the whole release. */
  logE: number
  guarantee: string
  policyVersion: string
  codeVersion: string
}
