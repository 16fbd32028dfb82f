import { z } from 'zod'
import { answerOf } from './common.ts'

/** GET /api/v1/status: the system itself. */
export const StatusAnswer = answerOf(
  z.object({
    version: z.string(),
    /** `engine_down`, `disk_full`, `journal_failed`, `stopping`, `held`, `dead_letters`; empty when all is well. */
    problems: z.array(z.object({ code: z.string(), sentence: z.string() })),
    signals: z.array(
      z.object({
        kind: z.enum(['traces', 'logs', 'metrics']),
        requests: z.number(),
        items: z.number(),
        rejectedItems: z.number(),
        refusedRequests: z.number(),
      }),
    ),
    journal: z.object({ bytes: z.number(), segments: z.number(), oldestSeconds: z.number() }),
    lagSeconds: z.number(),
    engine: z.object({
      up: z.boolean(),
      embedded: z.boolean(),
      version: z.string().nullable(),
      restarts: z.number(),
    }),
    disk: z.object({ freeBytes: z.number(), usedBytes: z.number() }),
    jobs: z.array(
      z.object({ job: z.string(), lastSuccess: z.string().nullable(), errors: z.number() }),
    ),
  }),
)
export type Status = z.output<typeof StatusAnswer>['data']
