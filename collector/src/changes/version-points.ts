import type { ShiftSignal } from '@aftermath/schemas/api/incidents'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { logDuration, logRate } from './health-points.ts'

const Point = z.object({
  version: z.string(),
  step: z.int(),
  requests: z.number(),
  failures: z.number(),
  place50: z.number(),
  place95: z.number(),
})

/** Five-minute points of every version of a service, or of one of its operations. */
export const readVersionPoints = defineQuery({
  sql: new URL('version-points.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    operation: z.string(),
    fromMinute: z.int(),
    untilMinute: z.int(),
  }),
  row: Point,
})

/** A point as the value of a series; null where it has none. */
export function pointValue(point: z.output<typeof Point>, signal: ShiftSignal): number | null {
  if (signal === 'error_rate') return logRate(point.failures, point.requests)
  return logDuration(signal === 'latency_p50' ? point.place50 : point.place95)
}
