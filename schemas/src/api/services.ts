import { z } from 'zod'
import { VerdictState } from '../verdict.ts'
import { answerOf } from './common.ts'

export const ServiceRow = z.object({
  service: z.string(),
  environments: z.array(z.string()),
  /** Entry requests in the range, and how many of them failed. */
  requests: z.number(),
  failures: z.number(),
  p95Ns: z.number().nullable(),
  versions: z.number().int(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  /** The release with the latest first deployment in the environment. */
  current: z.object({ version: z.string(), verdict: VerdictState }).nullable(),
})
export type ServiceRow = z.output<typeof ServiceRow>

/** GET /api/v1/services */
export const ServicesAnswer = answerOf(z.array(ServiceRow))

/** GET /api/v1/filters: what the filter bar offers. */
export const FiltersAnswer = answerOf(
  z.object({
    environments: z.array(z.object({ environment: z.string(), requests: z.number() })),
    services: z.array(z.string()),
  }),
)
