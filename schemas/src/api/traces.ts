import { z } from 'zod'
import { ListSearch, ProjectSlug, answerOf } from './common.ts'

/** 32 hex digits; people paste them in capitals, and as UUIDs. */
export const TraceId = z
  .string()
  .transform((text) => text.trim().toLowerCase().replaceAll('-', ''))
  .pipe(z.string().regex(/^[0-9a-f]{32}$/, 'a trace id has 32 hex digits'))
export const SpanId = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{16}$/, 'a span id has 16 hex digits')

const Nanoseconds = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

/** What a service did for a caller: spans that a caller waits for, each with the trace it is part of. */
export const TracesSearch = ListSearch.extend({
  version: z.string().min(1).max(200).optional(),
  /** As the roll-up names it; `(other)` is what is not among the 300 largest of the service. */
  operation: z.string().min(1).max(250).optional(),
  status: z.enum(['failed', 'ok']).optional(),
  durationMinNs: Nanoseconds.optional(),
  durationMaxNs: Nanoseconds.optional(),
  /** `failed`: the failed ones, newest first, then the others. */
  sort: z.enum(['newest', 'slowest', 'failed']).default('newest'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type TracesSearch = z.output<typeof TracesSearch>

export const TraceRow = z.object({
  traceId: z.string(),
  spanId: z.string(),
  at: z.string(),
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  operation: z.string(),
  kind: z.string(),
  durationNs: z.number(),
  failed: z.boolean(),
  statusMessage: z.string(),
})
export type TraceRow = z.output<typeof TraceRow>
/** GET /api/v1/traces */
export const TracesAnswer = answerOf(z.array(TraceRow))

export const TracePath = z.object({ traceId: TraceId })
export const TraceSearch = z.strictObject({ project: ProjectSlug.default('default') })

/** A span as its bar in the waterfall; the rest of it is read when it is opened. */
export const TraceSpan = z.object({
  spanId: z.string(),
  /** Empty for a root. */
  parentSpanId: z.string(),
  name: z.string(),
  service: z.string(),
  /** `Server`, `Client`, … as the table has it. */
  kind: z.string(),
  /** From the start of the trace. */
  offsetNs: z.number(),
  durationNs: z.number(),
  failed: z.boolean(),
  events: z.number(),
  links: z.number(),
})
export type TraceSpan = z.output<typeof TraceSpan>

export const Trace = z.object({
  traceId: z.string(),
  /** RFC 3339, to the nanosecond. */
  start: z.string(),
  durationNs: z.number(),
  services: z.array(z.string()),
  /** More spans are stored than are shown here. */
  truncated: z.boolean(),
  spans: z.array(TraceSpan),
})
export type Trace = z.output<typeof Trace>
/** GET /api/v1/traces/{traceId} */
export const TraceAnswer = answerOf(Trace)

const Attributes = z.record(z.string(), z.string())

export const SpanPath = z.object({ traceId: TraceId, spanId: SpanId })
export const SpanDetail = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string(),
  traceState: z.string(),
  name: z.string(),
  kind: z.string(),
  service: z.string(),
  version: z.string(),
  environment: z.string(),
  operation: z.string(),
  start: z.string(),
  durationNs: z.number(),
  status: z.string(),
  statusMessage: z.string(),
  scope: z.object({ name: z.string(), version: z.string() }),
  attributes: Attributes,
  resource: Attributes,
  events: z.array(z.object({ name: z.string(), offsetNs: z.number(), attributes: Attributes })),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes: Attributes })),
})
export type SpanDetail = z.output<typeof SpanDetail>
/** GET /api/v1/traces/{traceId}/spans/{spanId}: one row per span of that id, which senders may repeat. */
export const SpanAnswer = answerOf(z.array(SpanDetail))
