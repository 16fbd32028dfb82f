import { z } from 'zod'
import { isTimePoint } from '../time-point.ts'

export { timePointMs } from '../time-point.ts'

/** Slug of a project: also the tail of its database's name, `aftermath_<slug>`. */
export const ProjectSlug = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'a project slug is a-z, 0-9 and _, starts with a letter')
export type ProjectSlug = z.output<typeof ProjectSlug>

/** `now`, `-24h`, `-15m`, `-7d`, or RFC 3339. */
export const TimePoint = z
  .string()
  .refine(isTimePoint, 'a time is RFC 3339, now, or relative like -15m, -24h, -7d')

/** What every reading route takes. `to` is exclusive; without `environment` the busiest one answers. */
export const ScopeSearch = z.strictObject({
  project: ProjectSlug.default('default'),
  environment: z.string().min(1).max(200).optional(),
  service: z.string().min(1).max(200).optional(),
  from: TimePoint.default('-24h'),
  to: TimePoint.default('now'),
})
export type ScopeSearch = z.output<typeof ScopeSearch>

export const ListSearch = ScopeSearch.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(500).optional(),
})

export const Meta = z.object({
  /** Server's time, RFC 3339. */
  now: z.string(),
  /** All acknowledged data up to here is in the answer. */
  watermark: z.string(),
  partial: z.boolean(),
  elapsedMs: z.number(),
  nextCursor: z.string().nullable(),
  /** The environment that answered; null where the route has none. */
  environment: z.string().nullable(),
})
export type Meta = z.output<typeof Meta>

export function answerOf<T extends z.ZodType>(data: T) {
  return z.object({ data, meta: Meta })
}

/** RFC 9457. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  /** One entry per wrong parameter or field. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string().optional(),
})
export type Problem = z.output<typeof Problem>
