import { timePointMs, type ScopeSearch } from '@aftermath/schemas/api/common'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { Problem } from './problem.ts'

/** A time range in Unix milliseconds; `toMs` is exclusive. */
export interface Range {
  fromMs: number
  toMs: number
}

const RANGE_MS_MAX = 400 * 24 * 60 * 60_000

/** @throws Problem 400 for an empty range, or one longer than anything is kept */
export function rangeOf({ from, to }: Pick<ScopeSearch, 'from' | 'to'>, nowMs: number): Range {
  const range = { fromMs: timePointMs(from, nowMs), toMs: timePointMs(to, nowMs) }
  if (range.fromMs >= range.toMs) throw new Problem(400, 'from must lie before to.')
  if (range.toMs - range.fromMs > RANGE_MS_MAX)
    throw new Problem(400, 'The range is longer than 400 days.')
  return range
}

type ListSearch = Pick<ScopeSearch, 'from' | 'to' | 'service' | 'environment'> & { limit: number }

/** The filters of a list as its SQL takes them: empty strings are no filter. */
export function listFilterOf(search: ListSearch, nowMs: number) {
  const { service = '', environment = '', limit } = search
  return { service, environment, ...rangeOf(search, nowMs), limit }
}

export const readEnvironmentTraffic = defineQuery({
  sql: new URL('environment-traffic.sql', import.meta.url),
  params: z.object({ service: z.string(), fromMs: z.int(), toMs: z.int() }),
  row: z.object({ environment: z.string(), requests: z.number() }),
})

/** Where a route has no range of its own, the busiest environment is that of the last two weeks. */
const LOOKBACK = { from: '-14d', to: 'now' }

/** As {@link environmentOf}, for routes without a range. */
export function environmentLately(
  client: ClickHouseClient,
  search: { environment?: string | undefined; service?: string | undefined },
  nowMs: number,
  signal: AbortSignal,
): Promise<string> {
  return environmentOf(client, search, rangeOf(LOOKBACK, nowMs), signal)
}

const FALLBACK_ENVIRONMENT = 'production'

/** The one asked for, else the one with most traffic in the range, else the one that was ever seen. */
export async function environmentOf(
  client: ClickHouseClient,
  search: { environment?: string | undefined; service?: string | undefined },
  range: Range,
  signal: AbortSignal,
): Promise<string> {
  if (search.environment !== undefined) return search.environment
  const rows = await readEnvironmentTraffic(
    client,
    { service: search.service ?? '', ...range },
    signal,
  )
  return rows[0]?.environment ?? FALLBACK_ENVIRONMENT
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440, 2880].map(
  (minutes) => minutes * 60_000,
)
const STEPS_MAX = 300

/** How long a step of a chart is, so that it has no more than it can show. */
export function stepOf({ fromMs, toMs }: Range, stepsMax = STEPS_MAX): number {
  return STEPS_MS.find((step) => (toMs - fromMs) / step <= stepsMax) ?? STEPS_MS.at(-1)!
}
