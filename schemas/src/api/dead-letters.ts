import { z } from 'zod'
import { answerOf, ProjectSlug } from './common.ts'

/** Name of a dead letter: its batch in hexadecimal. */
export const DeadLetterId = z.string().regex(/^[0-9a-f]{16}$/, 'the id of a dead letter is 16 hex')

/** Acknowledged telemetry that ClickHouse will never take as it is. Its bytes are kept. */
export const DeadLetter = z.object({
  id: DeadLetterId,
  project: ProjectSlug,
  kind: z.enum(['traces', 'logs', 'metrics']),
  requests: z.number().int(),
  /** Spans, log records or metric points. */
  items: z.number().int(),
  bytes: z.number().int(),
  /** `refused`: ClickHouse names the data as the cause. `engine_crash`: it died of it three times. */
  reason: z.enum(['refused', 'engine_crash']),
  /** ClickHouse's error number and message. */
  code: z.number().int().nullable(),
  message: z.string(),
  /** RFC 3339. */
  received: z.string(),
  buried: z.string(),
  /** A replay began and was cut off: it may have been stored. Otherwise null. */
  replayStarted: z.string().nullable(),
})
export type DeadLetter = z.output<typeof DeadLetter>

const limitMax = 1000

/** GET /api/v1/dead-letters: those of a project, newest first. */
export const DeadLetterSearch = z.strictObject({
  project: ProjectSlug.default('default'),
  limit: z.coerce.number().int().min(1).max(limitMax).default(100),
})

export const DeadLettersAnswer = answerOf(z.array(DeadLetter))

/**
 * GET /api/v1/dead-letters/{id}; `POST …/{id}/replay` stores it as a new batch, `DELETE …/{id}` drops
 * it: both answer the letter as it was. `GET …/{id}/bytes` is the telemetry itself, OTLP protobuf.
 */
export const DeadLetterAnswer = answerOf(DeadLetter)

export const DeadLetterParams = z.object({ id: DeadLetterId })
export const DeadLetterScope = z.strictObject({ project: ProjectSlug.default('default') })
