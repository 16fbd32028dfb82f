import type { SignalId } from '@aftermath/schemas/verdict'

/**
 * Every number a verdict hangs on, as one versioned object: a changed number is a new version, and
 * a stored verdict names the version it was made with. Shares are 0…1.
 */
export type Policy = {
  version: string
  /** Minutes of a release that are shown but never judged. */
  warmupMinutes: number
  /** A minute is judged once it ended this long ago. */
  latenessMs: number
  /** A release is judged this long, from its first request. */
  lifeMinutes: number
  /** Past this age 'not proven' is an answer, not a wait. */
  soakMinutesMax: number
  /** Minutes with both arms before anything may ship. */
  judgedMinutesMin: number
  /** Requests per arm before a signal may be judged. */
  requestsMin: { errors: number; slow50: number; slow95: number; slow99: number }
  /**
   * Weights of the signals, renormalised over those with exposure in the reference. A signal without
   * weight repeats others: it is shown, and a reason to watch when it is sure.
   */
  weights: Record<SignalId, number>
  /** e-values of the whole release at which it changes state. */
  thresholds: { watch: number; patch: number; rollBack: number }
  /** A signal is named as a cause at this weighted e-value. */
  namedAt: number
  /** False discovery rate among the operations of a named signal. */
  operationsFdr: number
  /** Level of intervals and of the upper bound that lets a release ship. */
  alpha: number
  errorRate: {
    /** Minimum practical effect: at least `floor`, else `relative` of the baseline, at most `cap`. */
    floor: number
    relative: number
    cap: number
  }
  latency: {
    /** Minimum practical effect as a part of the share above the quantile. */
    relative: number
  }
  severity: {
    criticalErrorRate: number
    /** Lower bound, in minimum effects. */
    majorEffects: number
    criticalP95Ratio: number
    majorP95Ratio: number
  }
  outright: { minutes: number; requestsMin: number; errorRateAbove: number; logE: number }
  /** A baseline arm below this share of the traffic, or of its own usual traffic, is leaving. */
  leavingShare: number
  /** A window before the deployment that is shorter compares nothing. */
  referenceMinutesMin: number
  referenceMinutesMax: number
  /** How far back an older, better baseline may have run. */
  baselineAgeMinutesMax: number
  /** κ without a history of placebo pairs. */
  timeShiftDefault: number
  timeShiftPairsMin: number
  timeShiftPairsFull: number
  /** Controls that count as 'the rest of the environment'. */
  controlsMin: number
  globalShiftShare: number
  /** Without controls a change must begin this close to the deployment. */
  changeWithinMinutes: number
  rollBack: {
    /** Minutes until a roll back, or a patch, ends the harm. */
    minutesToRollBack: number
    minutesToPatch: number
    /** What losing the release's changes costs, in failed requests. */
    cost: number
    /** Older than this at full traffic, patch unless critical. */
    ageMinutesMax: number
    fullTrafficShare: number
  }
  hysteresis: { betterMinutes: number; betterLooks: number; wentAwayMinutes: number }
  silence: { minutes: number; expectedMin: number; serviceShare: number }
}

export const defaultPolicy: Policy = {
  version: '2026-11',
  warmupMinutes: 5,
  latenessMs: 30_000,
  lifeMinutes: 14 * 24 * 60,
  soakMinutesMax: 24 * 60,
  judgedMinutesMin: 30,
  requestsMin: { errors: 200, slow50: 200, slow95: 200, slow99: 1000 },
  weights: {
    error_rate: 0.3,
    latency: 0.2,
    issues: 0.15,
    crash_free_sessions: 0.1,
    crash_free_users: 0.05,
    throughput: 0.05,
    feedback_negative: 0.05,
    cpu: 0.04,
    memory: 0.04,
    web_vitals: 0.04,
    log_errors: 0.02,
    apdex: 0,
    feedback_rating: 0,
  },
  thresholds: { watch: 20, patch: 100, rollBack: 1000 },
  namedAt: 20,
  operationsFdr: 0.1,
  alpha: 0.05,
  errorRate: { floor: 0.0005, relative: 0.25, cap: 0.02 },
  latency: { relative: 0.25 },
  severity: {
    criticalErrorRate: 0.05,
    majorEffects: 2,
    criticalP95Ratio: 2,
    majorP95Ratio: 1.25,
  },
  outright: { minutes: 3, requestsMin: 20, errorRateAbove: 0.2, logE: Math.log(1000) },
  leavingShare: 0.05,
  referenceMinutesMin: 60,
  referenceMinutesMax: 24 * 60,
  baselineAgeMinutesMax: 28 * 24 * 60,
  timeShiftDefault: 0.5,
  timeShiftPairsMin: 4,
  timeShiftPairsFull: 10,
  controlsMin: 2,
  globalShiftShare: 0.3,
  changeWithinMinutes: 30,
  rollBack: {
    minutesToRollBack: 10,
    minutesToPatch: 120,
    cost: 0,
    ageMinutesMax: 24 * 60,
    fullTrafficShare: 0.95,
  },
  hysteresis: { betterMinutes: 5, betterLooks: 3, wentAwayMinutes: 60 },
  silence: { minutes: 10, expectedMin: 20, serviceShare: 0.2 },
}
