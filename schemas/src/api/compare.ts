import { z } from 'zod'
import { Evidence } from '../verdict.ts'
import { ProjectSlug, answerOf } from './common.ts'
import { OperationRow } from './releases.ts'

const Name = z.string().min(1).max(200)

export const CompareSearch = z
  .strictObject({
    project: ProjectSlug.default('default'),
    environment: Name.optional(),
    service: Name,
    base: Name,
    target: Name,
    /** `deployment`: minute for minute of each one's life. `clock`: the minutes both served. */
    align: z.enum(['deployment', 'clock']).default('deployment'),
  })
  .refine(({ base, target }) => base !== target, {
    path: ['target'],
    message: 'a release is not compared with itself',
  })
export type CompareSearch = z.output<typeof CompareSearch>

const Side = z.object({
  version: z.string(),
  /** The minutes of its life that were laid over the other's, RFC 3339; null where there are none. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  requests: z.number(),
  failures: z.number(),
  p95Ns: z.number().nullable(),
  /** Requests still missing before a signal may be judged; 0 when none are. */
  needed: z.number(),
})

/** GET /api/v1/compare: any two releases of a service. Effects are target minus base. */
export const Comparison = z.object({
  service: z.string(),
  environment: z.string(),
  align: z.enum(['deployment', 'clock']),
  base: Side,
  target: Side,
  /** They did not serve the same hours: what differs may be the hours. */
  differentHours: z.boolean(),
  evidence: z.array(Evidence),
  operations: z.array(OperationRow),
  /** What the intervals promise, in a sentence. */
  guarantee: z.string(),
})
export type Comparison = z.output<typeof Comparison>
export const CompareAnswer = answerOf(Comparison)
