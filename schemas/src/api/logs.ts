import { z } from 'zod'
import { ListSearch, ScopeSearch, answerOf } from './common.ts'
import { TraceId } from './traces.ts'

/** The least severe level shown, as OpenTelemetry numbers them: 1, 5, 9, 13, 17, 21. */
export const LogLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
export type LogLevel = z.output<typeof LogLevel>

const LogFilter = {
  version: z.string().min(1).max(200).optional(),
  severity: LogLevel.optional(),
  /** Text of the body: whole words, which an index finds, or any part of it. */
  q: z.string().min(1).max(200).optional(),
  match: z.enum(['words', 'part']).default('words'),
  traceId: TraceId.optional(),
}

export const LogsSearch = ListSearch.extend({
  ...LogFilter,
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export type LogsSearch = z.output<typeof LogsSearch>

export const LogRow = z.object({
  /** RFC 3339, to the nanosecond. */
  at: z.string(),
  /** Names the row among those of its time. */
  id: z.string(),
  severity: z.string(),
  severityNumber: z.number(),
  service: z.string(),
  version: z.string(),
  environment: z.string(),
  body: z.string(),
  eventName: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  attributes: z.record(z.string(), z.string()),
  resource: z.record(z.string(), z.string()),
})
export type LogRow = z.output<typeof LogRow>
/** GET /api/v1/logs: newest first; GET /api/v1/traces/{traceId}/logs: oldest first. */
export const LogsAnswer = answerOf(z.array(LogRow))

/** GET /api/v1/logs/tail: records as they arrive, as server-sent events. */
export const LogTailSearch = ScopeSearch.omit({ from: true, to: true }).extend(LogFilter)
export type LogTailSearch = z.output<typeof LogTailSearch>

/** One message of the tail: rows oldest first; `more`: some came that it has no room for. */
export const LogTailMessage = z.object({ rows: z.array(LogRow), more: z.boolean() })
export type LogTailMessage = z.output<typeof LogTailMessage>
