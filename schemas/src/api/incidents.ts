import { z } from 'zod'
import { ScopeSearch, answerOf } from './common.ts'

/** A recorded change that may explain a shift. Suspect, never cause: it only fits. */
export const Suspect = z.object({
  kind: z.enum(['release', 'flag', 'configuration', 'dependency']),
  /** Null: shared by all services. */
  service: z.string().nullable(),
  /** The version, or the name of what was changed. */
  name: z.string(),
  changedAt: z.string(),
  /** 0…1: nearness in time, which side moved, how near in the call path, whose code. */
  score: z.number(),
  /** Minutes from the change to the shift; below 0: after it, within what clocks allow. */
  minutesBefore: z.number(),
  split: z.enum(['only_new', 'both', 'unknown']),
  path: z.enum(['same_service', 'direct_callee', 'deeper_callee', 'elsewhere']),
})
export type Suspect = z.output<typeof Suspect>

export const ShiftSignal = z.enum(['error_rate', 'latency_p50', 'latency_p95'])
export type ShiftSignal = z.output<typeof ShiftSignal>

/** A series that came to a new level. */
export const Shift = z.object({
  service: z.string(),
  signal: ShiftSignal,
  /** Null: the whole service. */
  operation: z.string().nullable(),
  stepMinutes: z.number(),
  /** Start of the first step of the new level; when it happened lies between `from` and `to`. */
  at: z.string(),
  from: z.string(),
  to: z.string(),
  /** Levels: a share, or nanoseconds. */
  before: z.number(),
  after: z.number(),
  pValue: z.number(),
  /** `moved`: what the operation gained its siblings lost. */
  label: z.enum(['shift', 'moved']),
})
export type Shift = z.output<typeof Shift>

/** Shifts of one environment at the same time, with what may explain them. */
export const Incident = z.object({
  at: z.string(),
  environment: z.string(),
  services: z.array(z.string()),
  sentence: z.string(),
  shifts: z.array(Shift),
  /** Empty: no recorded change explains it. */
  suspects: z.array(Suspect),
})
export type Incident = z.output<typeof Incident>

/** `explained`: with a suspect (`yes`), without one (`no`). */
export const IncidentsSearch = ScopeSearch.extend({ explained: z.enum(['yes', 'no']).optional() })
/** GET /api/v1/incidents: newest first. */
export const IncidentsAnswer = answerOf(z.array(Incident))

/** Since when a release is worse, by signal. */
export const Onset = Shift.omit({
  service: true,
  operation: true,
  stepMinutes: true,
  label: true,
}).extend({ suspects: z.array(Suspect) })
export type Onset = z.output<typeof Onset>
/** GET /api/v1/releases/{service}/{version}/onset: empty where nothing rose and stayed. */
export const OnsetAnswer = answerOf(z.array(Onset))
