import { z } from 'zod'
import { SignalId } from './verdict.ts'

/** 0…1. */
const Share = z.number().min(0).max(1)
/** A share that something is divided by. */
const PositiveShare = z.number().min(1e-6).max(1)
const Minutes = z.int().min(0)
const PositiveMinutes = z.int().min(1)
const Count = z.int().min(1)

/** Minimum practical effect: at least `floor`, else `relative` of the baseline's share, at most `cap`. */
export const ShareEffect = z.strictObject({
  floor: PositiveShare,
  relative: z.number().min(0).max(10),
  cap: PositiveShare,
})

/** Factor by which the worse arm must differ. */
const RatioEffect = z.strictObject({ ratio: z.number().min(1.01).max(100) })
/** Difference of scores of 0…1. */
const ScoreEffect = z.strictObject({ difference: PositiveShare })

/** Operations by name; `*` stands for any characters, also none. */
const OperationPattern = z.string().min(1).max(300)

/**
 * Every number a verdict hangs on, as one object: what a stored verdict was made with. `version` is
 * made from the content, so the same version means the same numbers, everywhere and for ever.
 */
export const Policy = z.strictObject({
  version: z.string(),
  /** Minutes of a release, and of each new instance, that are shown but never judged. */
  warmupMinutes: Minutes,
  /** A minute is judged once it ended this long ago. */
  latenessMs: z.int().min(0),
  /** A release is judged this long, from its first request. */
  lifeMinutes: PositiveMinutes,
  /** Past this age 'not proven' is an answer, not a wait. */
  soakMinutesMax: PositiveMinutes,
  /** Minutes with both arms before anything may ship. */
  judgedMinutesMin: PositiveMinutes,
  /** Requests per arm before a signal may be judged. */
  requestsMin: z.strictObject({ errors: Count, slow50: Count, slow95: Count, slow99: Count }),
  /**
   * What the other signals need: exposure per arm; of issues, events; of CPU and memory, blocks of
   * five minutes.
   */
  exposureMin: z.strictObject({
    crash_free_sessions: Count,
    crash_free_users: Count,
    issues: Count,
    throughput: Count,
    log_errors: Count,
    cpu: Count,
    memory: Count,
    apdex: Count,
    feedback_negative: Count,
    feedback_rating: Count,
    web_vitals: Count,
  }),
  /**
   * Weights of the signals, renormalised over those with exposure in the reference. A signal without
   * weight repeats others: it is shown, and a reason to watch when it is sure.
   */
  weights: z.record(SignalId, Share),
  /** e-values of the whole release at which it changes state. */
  thresholds: z.strictObject({ watch: z.number(), patch: z.number(), rollBack: z.number() }),
  /** A signal is named as a cause at this weighted e-value. */
  namedAt: z.number(),
  /** False discovery rate among the operations of a named signal. */
  operationsFdr: Share,
  /** Level of intervals and of the upper bound that lets a release ship. */
  alpha: Share,
  minimumEffects: z.strictObject({
    error_rate: ShareEffect,
    /** As a part of the share above the quantile. */
    latency: z.strictObject({ relative: z.number().min(0.01).max(10) }),
    crash_free_sessions: ShareEffect,
    crash_free_users: ShareEffect,
    web_vitals: ShareEffect,
    /** Of one issue; one user is enough where events carry none. */
    issues: z.strictObject({ ...RatioEffect.shape, events: Count, users: Count }),
    log_errors: RatioEffect,
    feedback_negative: RatioEffect,
    /** A fifth less: the baseline's rate is 1.25 times the candidate's. */
    throughput: RatioEffect,
    cpu: RatioEffect,
    memory: RatioEffect,
    apdex: ScoreEffect,
    feedback_rating: ScoreEffect,
  }),
  /** Operations, as patterns, each of which must pass by itself and weighs as much as the service. */
  mustNotRegress: z.array(OperationPattern).max(50),
  /** Operations that nobody waits for, health checks above all: cut before counting. */
  ignoredOperations: z.array(OperationPattern).max(200),
  /** Releases that a person wants measured against a certain other one, by version. */
  baselines: z.record(z.string().min(1).max(200), z.string().min(1).max(200)),
  severity: z.strictObject({
    criticalErrorRate: Share,
    criticalCrashRate: Share,
    /** Lower bound of the rate ratio of an issue that is new. */
    majorIssueRatio: z.number(),
    /** Lower bound, in minimum effects. */
    majorEffects: z.number(),
    criticalP95Ratio: z.number(),
    majorP95Ratio: z.number(),
    /** Share of the release's users who met the problem and would not have on the baseline. */
    criticalUsersHit: Share,
    majorUsersHit: Share,
  }),
  outright: z.strictObject({
    minutes: PositiveMinutes,
    requestsMin: Count,
    errorRateAbove: Share,
    logE: z.number(),
  }),
  /** A baseline arm below this share of the traffic, or of its own usual traffic, is leaving. */
  leavingShare: Share,
  /** A window before the deployment that is shorter compares nothing. */
  referenceMinutesMin: PositiveMinutes,
  referenceMinutesMax: PositiveMinutes,
  /** How far back an older, better baseline may have run. */
  baselineAgeMinutesMax: PositiveMinutes,
  /** Same minutes of earlier weeks are the baseline where it served this part of them. */
  timeMatchedShareMin: Share,
  /** κ without a history of placebo pairs. */
  timeShiftDefault: z.number(),
  timeShiftPairsMin: Count,
  timeShiftPairsFull: Count,
  /** Controls that count as 'the rest of the environment'. */
  controlsMin: Count,
  globalShiftShare: Share,
  /** Without controls a change must begin this close to the deployment. */
  changeWithinMinutes: PositiveMinutes,
  instances: z.strictObject({
    /** One instance with more than this part of the excess is a machine, not a release. */
    outlierShare: Share,
    outlierInstancesMin: Count,
    /** Above this part of an arm's requests in their warm-up, the minute compares nothing. */
    warmingShareMax: Share,
  }),
  /** An operation without a baseline may fail this many times as often as the service. */
  newOperationFactor: z.number().min(1),
  /** Sessions younger than this may still crash: they prove no absence of crashes. */
  sessionMinutesMin: Minutes,
  /** Issues that the mean of their e-values is filled up to. */
  issuesMin: Count,
  /** e-value at which a signal without weight asks for attention. */
  weightlessWatchAt: z.number(),
  /** A flag that explains this part of the excess is turned off instead of the release. */
  flagShareMin: Share,
  rollBack: z.strictObject({
    /** Minutes until a roll back, or a patch, ends the harm. */
    minutesToRollBack: PositiveMinutes,
    minutesToPatch: PositiveMinutes,
    /** What losing the release's changes costs, in failed requests. */
    cost: z.number().min(0),
    /** Older than this at full traffic, patch unless critical. */
    ageMinutesMax: PositiveMinutes,
    fullTrafficShare: Share,
    /** Up to this share of the traffic, a known cause is patched while the rollout stands still. */
    canaryShareMax: Share,
  }),
  hysteresis: z.strictObject({
    betterMinutes: Minutes,
    /** A suspicion is dropped only after so long without it. */
    suspicionMinutes: Minutes,
    betterLooks: Count,
    wentAwayMinutes: PositiveMinutes,
  }),
  silence: z.strictObject({
    minutes: PositiveMinutes,
    expectedMin: Count,
    serviceShare: Share,
  }),
})
export type Policy = z.output<typeof Policy>

const effects = Policy.shape.minimumEffects.shape

/**
 * What a project or a service wants otherwise. What is not named stays as it is; of two that name the
 * same the service's counts; a list replaces the other's. What a promise hangs on (thresholds,
 * level, look-back) is nobody's to change.
 */
export const PolicyOverrides = z.strictObject({
  minimumEffects: z
    .strictObject({
      error_rate: effects.error_rate.partial(),
      latency: effects.latency.partial(),
      crash_free_sessions: effects.crash_free_sessions.partial(),
      crash_free_users: effects.crash_free_users.partial(),
      web_vitals: effects.web_vitals.partial(),
      issues: effects.issues.partial(),
      log_errors: effects.log_errors.partial(),
      feedback_negative: effects.feedback_negative.partial(),
      throughput: effects.throughput.partial(),
      cpu: effects.cpu.partial(),
      memory: effects.memory.partial(),
      apdex: effects.apdex.partial(),
      feedback_rating: effects.feedback_rating.partial(),
    })
    .partial()
    .optional(),
  weights: z.partialRecord(SignalId, Share).optional(),
  /** Requests per arm before a signal may be judged. */
  requestsMin: Policy.shape.requestsMin.partial().optional(),
  exposureMin: Policy.shape.exposureMin.partial().optional(),
  soak: z
    .strictObject({ judgedMinutesMin: PositiveMinutes, soakMinutesMax: PositiveMinutes })
    .partial()
    .optional(),
  warmupMinutes: Minutes.max(120).optional(),
  mustNotRegress: Policy.shape.mustNotRegress.optional(),
  ignoredOperations: Policy.shape.ignoredOperations.optional(),
  baselines: Policy.shape.baselines.optional(),
  /** More users than this may never be hit: a release that hits them is critical. */
  usersHitMax: PositiveShare.optional(),
  rollBack: Policy.shape.rollBack
    .pick({ minutesToRollBack: true, minutesToPatch: true, cost: true })
    .partial()
    .optional(),
})
export type PolicyOverrides = z.output<typeof PolicyOverrides>
