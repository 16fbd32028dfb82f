import type { Series } from '@aftermath/analysis/shifts/shifts'
import type { ShiftSignal } from '@aftermath/schemas/api/incidents'
import type { ClickHouseClient } from '@clickhouse/client'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

export const POINT_MINUTES = 5
const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
/** What late data may still change is counted again; hours of a week need three weeks and this one. */
const SETTLING_MINUTES = 15
const HISTORY_MINUTES = 28 * DAY_MINUTES

const readCounted = defineQuery({
  sql: new URL('points-counted.sql', import.meta.url),
  params: z.object({}),
  row: z.object({ firstMinute: z.number(), lastMinute: z.number() }),
})

const countSql = readFileSync(new URL('count-points.sql', import.meta.url), 'utf8')

/**
 * Counts the points that became complete, and a day of what was before them while there is any: a
 * run costs what its minutes cost, however long the history is.
 *
 * @param firstSeenMinute nothing was before it
 * @returns whether there are points that were not there before
 */
export async function countPoints(
  client: ClickHouseClient,
  { untilMinute, firstSeenMinute }: { untilMinute: number; firstSeenMinute: number },
  signal: AbortSignal,
): Promise<boolean> {
  const [counted] = await readCounted(client, {}, signal)
  const until = untilMinute - (untilMinute % POINT_MINUTES)
  const isFirst = counted === undefined || counted.lastMinute === 0
  const last = isFirst ? until - DAY_MINUTES : counted.lastMinute
  const count = (fromMinute: number, end: number) =>
    client.command({
      query: countSql,
      query_params: { fromMinute: fromMinute - (fromMinute % POINT_MINUTES), untilMinute: end },
      clickhouse_settings: { async_insert: 0, max_threads: 2, priority: '1' },
      abort_signal: signal,
    })
  const isNew = last + POINT_MINUTES < until
  if (isNew) await count(Math.max(last - SETTLING_MINUTES, firstSeenMinute), until)
  const first = isFirst ? last : counted.firstMinute
  const wanted = Math.max(until - HISTORY_MINUTES, firstSeenMinute - POINT_MINUTES)
  if (first > wanted + POINT_MINUTES) await count(Math.max(first - DAY_MINUTES, wanted), first)
  return isNew
}

const PointsWanted = z.object({
  service: z.string(),
  environment: z.string(),
  whole: z.boolean(),
  fromMinute: z.int(),
  untilMinute: z.int(),
  stepMinutes: z.int(),
})

const readPoints = defineQuery({
  sql: new URL('health-points.sql', import.meta.url),
  params: PointsWanted,
  row: z.object({
    operation: z.string(),
    step: z.int(),
    requests_in_all: z.number(),
    failures_in_all: z.number(),
    place50: z.number().nullable(),
    place95: z.number().nullable(),
    time_in_all: z.number(),
  }),
})

/** What one operation (or the whole service, '') did by step; null is a step without requests. */
export type HealthSeries = {
  operation: string
  bySignal: Record<ShiftSignal, Series>
  failures: (number | null)[]
  timeNs: (number | null)[]
}

/** Series of a service over some minutes, the whole service first. */
export async function readHealthSeries(
  client: ClickHouseClient,
  wanted: z.output<typeof PointsWanted>,
  signal: AbortSignal,
): Promise<HealthSeries[]> {
  const rows = await readPoints(client, wanted, signal)
  const { fromMinute, untilMinute, stepMinutes } = wanted
  const steps = Math.ceil((untilMinute - fromMinute) / stepMinutes)
  const place = { stepMs: stepMinutes * MINUTE_MS, startMs: fromMinute * MINUTE_MS }
  return [...Map.groupBy(rows, ({ operation }) => operation)].map(([operation, own]) => {
    const byStep = new Map(own.map((row) => [row.step, row]))
    const column = (read: (row: (typeof own)[number]) => number | null) =>
      Array.from({ length: steps }, (_, step) => {
        const row = byStep.get(step)
        return row === undefined ? null : read(row)
      })
    return {
      operation,
      bySignal: {
        error_rate: {
          ...place,
          value: column((row) => logRate(row.failures_in_all, row.requests_in_all)),
        },
        latency_p50: { ...place, value: column((row) => logDuration(row.place50)) },
        latency_p95: { ...place, value: column((row) => logDuration(row.place95)) },
      },
      failures: column((row) => row.failures_in_all),
      timeNs: column((row) => row.time_in_all),
    }
  })
}
/** Half an event keeps the logarithm finite. */
export function logRate(failures: number, requests: number): number {
  return Math.log((failures + 0.5) / (requests + 1))
}

/** ln of nanoseconds at a place among the latency buckets, 2^(1/8) wide. */
export function logDuration(place: number | null): number | null {
  return place === null || place <= -999 ? null : ((place + 0.5) / 8) * Math.LN2
}
