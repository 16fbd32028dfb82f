import { z } from 'zod'
import { ScopeSearch, answerOf } from './common.ts'

export const MetricKind = z.enum(['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'])
export type MetricKind = z.output<typeof MetricKind>

/** GET /api/v1/metrics: what was measured lately, by name. */
export const MetricsSearch = ScopeSearch.omit({ environment: true }).extend({
  q: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
})
export const MetricName = z.object({
  name: z.string(),
  kind: MetricKind,
  services: z.array(z.string()),
  lastSeen: z.string(),
})
export type MetricName = z.output<typeof MetricName>
export const MetricsAnswer = answerOf(z.array(MetricName))

/** How the values of a step become one; which there are depends on the kind. */
export const MetricFunction = z.enum(['avg', 'min', 'max', 'sum', 'rate', 'p50', 'p95', 'p99'])
export type MetricFunction = z.output<typeof MetricFunction>

/** GET /api/v1/metrics/query: one metric over time. */
export const MetricSearch = ScopeSearch.extend({
  name: z.string().min(1).max(300),
  kind: MetricKind.optional(),
  version: z.string().min(1).max(200).optional(),
  /** `release`, `service`, or `attr.<name>` of the points. */
  by: z
    .string()
    .regex(/^(?:release|service|attr\..{1,200})$/s)
    .default('release'),
  function: MetricFunction.optional(),
})
export type MetricSearch = z.output<typeof MetricSearch>

/** Columns of one length; null is a gap. */
export const MetricSeries = z.object({
  name: z.string(),
  kind: MetricKind,
  unit: z.string(),
  description: z.string(),
  function: MetricFunction,
  /** Those that the kind has, the usual one first. */
  functions: z.array(MetricFunction),
  /** In `unit`, or in `unit` a second; a rate of a histogram counts its values a second. */
  measures: z.enum(['value', 'per_second']),
  by: z.string(),
  /** Attributes that the points have, to group by. */
  attributes: z.array(z.string()),
  stepMs: z.number(),
  t: z.array(z.number()),
  series: z.array(z.object({ key: z.string(), v: z.array(z.number().nullable()) })),
  /** More groups than are shown. */
  groups: z.number(),
  markers: z.array(z.object({ at: z.number(), label: z.string() })),
})
export type MetricSeries = z.output<typeof MetricSeries>
export const MetricAnswer = answerOf(MetricSeries)
