/**
 * Signals of a release besides its requests, as `JudgeInput.signals` takes them.
 *
 * Each is plain data in columns, twice: `comparison` holds the minutes of `baseline.comparison`
 * (the candidate, and the baseline where it served the same minutes), `reference` those of
 * `baseline.reference` (the baseline alone; its `arm` is not read). What holds for all:
 *
 * - Leave a signal out where neither window holds any exposure; it costs nothing then. A window
 *   with exposure and no event is data: give its rows.
 * - Rows of one minute, stratum and arm add up; their order does not matter. Minutes are since the
 *   epoch (milliseconds / 60 000), arm 1 is the candidate, 0 the baseline. A missing minute is no
 *   stratum, not a zero.
 * - Warm-up and late minutes are cut by the judge: give every minute of the windows.
 * - A weight is had by exposure in `reference` alone, never by what the candidate sends.
 * - Two inputs may have one signal id (web vitals per page view and per session, say): their
 *   e-values are averaged. `exposure` tells them apart.
 */
import type { Exposure } from '@aftermath/schemas/verdict'

export type SignalInput = ShareInput | RateInput | ScoreInput | LevelInput | IssuesInput

/** Rows of minute × stratum × arm. */
export type StratumRows = {
  /** Operations, pages or platforms; a signal without any has one, named ''. */
  strata: string[]
  minute: Int32Array
  /** Index into `strata`. */
  stratum: Uint16Array
  arm: Uint8Array
}

/** Exposure n and events x. */
export type CountRows = StratumRows & { n: Float64Array; x: Float64Array }

/**
 * x of n, x ≤ n: a share is compared (engines A and B).
 *
 * - `crash_free_sessions`: sessions by the minute of their start, crashed ones. Worst state wins;
 *   request-mode sessions stay out.
 * - `crash_free_users`: users by the first minute with this release in the window, those whose
 *   worst session crashed. Sessions without a user id are not here.
 * - `web_vitals`: page views and poor ones (LCP > 4 s, INP > 500 ms or CLS > 0.25); strata: pages.
 * - `feedback_negative`: items and negative ones (rating ≤ 2 or negative sentiment); engine B.
 */
export type ShareInput = {
  kind: 'share'
  signal: 'crash_free_sessions' | 'crash_free_users' | 'web_vitals' | 'feedback_negative'
  exposure: Exposure
  reference: CountRows
  comparison: CountRows
  users: UsersHit | null
}

/**
 * Events over an exposure of another kind, so x may exceed n: a rate is compared (engine B).
 *
 * - `log_errors`: log records of severity ERROR and above over requests, or over minutes (n = 1 per
 *   minute and instance) where a service has no requests; strata: none.
 * - `feedback_negative`: negative items over sessions.
 */
export type RateInput = {
  kind: 'rate'
  signal: 'log_errors' | 'feedback_negative'
  exposure: Exposure
  reference: CountRows
  comparison: CountRows
  users: UsersHit | null
}

/**
 * Units in ordered categories, each with a score, best last (engine A).
 *
 * - `apdex`: frustrated (errors among them), tolerating, satisfied; scored 0, ½, 1; strata:
 *   operations.
 * - `feedback_rating`: ratings 1 to 5, one item per user, release and day; scored by their ridits in
 *   the reference.
 */
export type ScoreInput = {
  kind: 'score'
  signal: 'apdex' | 'feedback_rating'
  exposure: Exposure
  reference: ScoreRows
  comparison: ScoreRows
}

/** `counts[category][row]`. */
export type ScoreRows = StratumRows & { counts: Float64Array[] }

/**
 * A level per minute, compared as a ratio in blocks of five minutes (engine A).
 *
 * - `throughput`: requests per minute of the whole service, all its versions; in `comparison` arm 0
 *   is the same minute of an earlier week. `throughputInput` makes it.
 * - `cpu`, `memory`: mean over the instances of an arm, any unit, > 0.
 */
export type LevelInput = {
  kind: 'level'
  signal: 'throughput' | 'cpu' | 'memory'
  reference: LevelRows
  comparison: LevelRows
}

export type LevelRows = {
  minute: Int32Array
  arm: Uint8Array
  level: Float64Array
  /** Instances behind the mean; for `throughput` 1. */
  instances: Float64Array
}

/** What the events of issues are divided by: see `IssuesInput`. */
export type ExposureRows = { minute: Int32Array; arm: Uint8Array; n: Float64Array }

/**
 * Errors, handled or not, by issue (engine B). All three parts treat both arms alike: everything
 * unhandled, births, and each issue by itself.
 */
export type IssuesInput = {
  kind: 'issues'
  signal: 'issues'
  exposure: Exposure
  /**
   * Every issue with an event of either arm in `comparison`, whether or not it was known before.
   * Rows point here.
   */
  issues: IssueFacts[]
  reference: IssueRows
  comparison: IssueRows
  /**
   * Births of the previous release in its first 24 hours and their exposure, where the baseline did
   * not serve beside the candidate; null: unknown.
   */
  previousBirths: { births: number; exposure: number } | null
  /** Users of both arms in `comparison`, with and without issues; null: unknown. */
  users: { candidate: number; baseline: number } | null
}

/** Events of one issue, minute and arm; `unhandled` of them were unhandled exceptions. */
export type IssueRows = {
  minute: Int32Array
  /** Index into `issues`; −1 for an issue of the reference alone. */
  issue: Int32Array
  arm: Uint8Array
  events: Float64Array
  unhandled: Float64Array
  /** By minute and arm, whether or not there were events. */
  exposure: ExposureRows
  /**
   * Instances that ran, by minute and arm: a release that crashes at its start has no requests to
   * count. Null: unknown.
   */
  instanceMinutes: ExposureRows | null
}

export type IssueFacts = {
  id: string
  title: string
  unhandled: boolean
  /**
   * Where it was never seen in the 30 days before the deployment: minute and arm of its first event
   * since. Null: it was known.
   */
  born: { minute: number; arm: 0 | 1 } | null
  /** It was resolved, and came back on a release that contains the fix. */
  regressed: boolean
  /** Users with it in `comparison`, by arm; null: events carry no user. */
  users: { candidate: number; baseline: number } | null
  /** Its top in-app frame lies in a file the release changed. */
  inChangedFile: boolean
}

/** Users of both arms in `comparison`, and those who met the problem. */
export type UsersHit = {
  candidate: { users: number; hit: number }
  baseline: { users: number; hit: number }
}
