import { z } from 'zod'

/** What Aftermath advises for a release (worst last), or that it is still collecting. */
export const VerdictState = z.enum(['ship', 'insufficient_data', 'watch', 'patch', 'roll_back'])
export type VerdictState = z.output<typeof VerdictState>

export const Severity = z.enum(['minor', 'major', 'critical'])
export type Severity = z.output<typeof Severity>

/** What ends the harm: of a verdict that names some. */
export const Action = z.enum(['roll_back', 'patch', 'turn_off_flag'])
export type Action = z.output<typeof Action>

export const BaselineKind = z.enum([
  'concurrent',
  'previous_time_matched',
  'previous_window',
  'named',
  'none',
])
export type BaselineKind = z.output<typeof BaselineKind>

export const SignalId = z.enum([
  'error_rate',
  'latency',
  'crash_free_sessions',
  'crash_free_users',
  'issues',
  'throughput',
  'log_errors',
  'cpu',
  'memory',
  'apdex',
  'feedback_negative',
  'feedback_rating',
  'web_vitals',
])
export type SignalId = z.output<typeof SignalId>

export const Conclusion = z.enum(['worse', 'no_change', 'better', 'unknown'])
export type Conclusion = z.output<typeof Conclusion>

/** What events are counted against. */
export const Exposure = z.enum(['requests', 'sessions', 'users', 'items', 'views', 'minutes'])
export type Exposure = z.output<typeof Exposure>

/** Value of one arm. `value` is null where the arm has no exposure: never 0, never 100 %. */
export const ArmValue = z.object({ value: z.number().nullable(), n: z.number().nonnegative() })
export type ArmValue = z.output<typeof ArmValue>

/** Which minutes of the release a row's counts are from, and how each found its counterpart. */
export const CountedMinutes = z.object({
  kind: BaselineKind,
  /** RFC 3339; `to` is exclusive. */
  from: z.string(),
  to: z.string(),
  /** Minutes in which the baseline served fewer requests do not count: it was leaving. */
  baselineRequestsMin: z.number().nonnegative(),
  /** The baseline before the deployment: what is slow, and what it is compared with over time. */
  reference: z.object({ from: z.string(), to: z.string() }).nullable(),
  /** Where the counterparts are in earlier weeks: minutes of the release, and how far back. */
  pairs: z.array(z.object({ from: z.string(), to: z.string(), minutesBack: z.int() })).default([]),
})
export type CountedMinutes = z.output<typeof CountedMinutes>

const QuantilesNs = z.object({
  candidate: z.number().nullable(),
  baseline: z.number().nullable(),
})

/** One comparison of a release with its baseline: effect, interval, counts and the rule it met. */
export const Evidence = z.object({
  signal: SignalId,
  scope: z.object({
    operation: z.string().nullable(),
    quantile: z.number().nullable(),
    /** Id of the one issue a row is about. */
    issue: z.string().nullable().default(null),
  }),
  /**
   * `share` and `score`: values are 0…1, the estimate is candidate minus baseline. `ratio`: the
   * estimate is candidate ÷ baseline.
   */
  unit: z.enum(['share', 'ratio', 'score']),
  /** Which way is worse: error shares rise, crash-free shares and throughput fall. */
  worse: z.enum(['higher', 'lower']).default('higher'),
  /** What `n` of the arms counts. */
  exposure: Exposure.default('requests'),
  candidate: ArmValue,
  baseline: ArmValue,
  estimate: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: z.number(),
  /** The smallest effect that matters, without its sign; of a ratio a factor above 1. */
  minimumEffect: z.number(),
  /** Natural logarithm of the e-value against 'no change'. */
  logE: z.number(),
  /** logE + ln(weight): compare with ln 20 (watch), ln 100 (patch), ln 1000 (roll back). */
  weightedLogE: z.number(),
  conclusion: Conclusion,
  /** Exposure per arm still missing before this signal may be judged; 0 when it may. */
  needed: z.number().nonnegative(),
  /** For latency: the quantile itself in both arms, beside the test on shares. */
  quantileNs: QuantilesNs.nullable(),
  /** Null where nothing was compared, or not minute by minute. */
  counted: CountedMinutes.nullable().default(null),
})
export type Evidence = z.output<typeof Evidence>

export const Eta = z.object({
  /** Rounded up to 1, 5, 15, 60 minutes. */
  minutes: z.number().positive(),
  /** What is waited for, for example `1,900 more requests`. */
  needs: z.string(),
})
export type Eta = z.output<typeof Eta>

export const BaselineSummary = z.object({
  version: z.string().nullable(),
  kind: BaselineKind,
  /** RFC 3339; what of the baseline's life was used. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Why this baseline, in a sentence. */
  why: z.string(),
})
export type BaselineSummary = z.output<typeof BaselineSummary>

/** A rule of the policy that fired, or what holds the verdict back. */
export const Reason = z.object({ code: z.string(), sentence: z.string() })
export type Reason = z.output<typeof Reason>
