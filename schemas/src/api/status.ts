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
    /** Requests since the start, by how they came; `signal` is `other` for what was no ingest route. */
    requests: z.array(
      z.object({
        signal: z.string(),
        protocol: z.string(),
        accepted: z.number(),
        refused: z.number(),
        hungUp: z.number(),
      }),
    ),
    /** What was not taken since the start: refused requests count one, partly taken ones their items. */
    rejections: z.array(z.object({ signal: z.string(), reason: z.string(), count: z.number() })),
    /** What is given up at the moment, so that the rest stays quick. */
    shed: z.array(z.string()),
    journal: z.object({
      state: z.enum(['open', 'disk_full', 'journal_full', 'failed']),
      bytes: z.number(),
      segments: z.number(),
      oldestSeconds: z.number(),
      /** Batches that take requests, and those that wait for ClickHouse. */
      openBatches: z.number(),
      sealedBatches: z.number(),
      /** AFTERMATH_JOURNAL_MAX_GB; null where the disk sets the limit. */
      bytesMax: z.number().nullable(),
      damagedRecords: z.number(),
    }),
    deadLetters: z.number(),
    lagSeconds: z.number(),
    engine: z.object({
      up: z.boolean(),
      embedded: z.boolean(),
      version: z.string().nullable(),
      restarts: z.number(),
      /** Null while it does not answer. */
      load: z
        .object({
          memoryBytes: z.number(),
          merges: z.number(),
          parts: z.number(),
          /** Parts it set aside because they were damaged. */
          brokenParts: z.number(),
        })
        .nullable(),
    }),
    disk: z.object({ freeBytes: z.number(), usedBytes: z.number(), totalBytes: z.number() }),
    jobs: z.array(
      z.object({ job: z.string(), lastSuccess: z.string().nullable(), errors: z.number() }),
    ),
  }),
)
export type Status = z.output<typeof StatusAnswer>['data']
