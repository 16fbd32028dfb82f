import type { Sli, SloDefinition } from '@aftermath/schemas/slo'
import type { ClickHouseClient } from '@clickhouse/client'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { defineColumnsQuery, defineQuery } from '../clickhouse/query.ts'

/** Whose requests are counted: an objective as it stands. */
type CountedSlo = SloDefinition & { id: string; revision: number }

/** Minutes since the epoch, `untilMinute` exclusive. */
type Window = { fromMinute: number; untilMinute: number }

const Counted = z.object({
  id: z.string(),
  revision: z.number(),
  fromMinute: z.int(),
  untilMinute: z.int(),
})

const DAY_MINUTES = 24 * 60
const countSql = readFileSync(new URL('count-minutes.sql', import.meta.url), 'utf8')

/** Counts minutes of an objective anew, a day at a time: weeks of a busy service are many rows. */
export async function countMinutes(
  client: ClickHouseClient,
  slo: CountedSlo,
  { fromMinute, untilMinute }: Window,
  signal: AbortSignal,
): Promise<void> {
  for (let from = fromMinute; from < untilMinute; from += DAY_MINUTES) {
    await client.command({
      query: countSql,
      query_params: {
        id: slo.id,
        revision: slo.revision,
        service: slo.service,
        environment: slo.environment,
        operations: slo.operations ?? [],
        kind: slo.sli.kind,
        slowFrom: slo.sli.kind === 'latency' ? slowFromBucket(slo.sli.thresholdMs) : 0,
        fromMinute: from,
        untilMinute: Math.min(from + DAY_MINUTES, untilMinute),
      },
      // Lower than an insert of telemetry: a count can wait.
      clickhouse_settings: { async_insert: 0, max_threads: 2, priority: '1' },
      abort_signal: signal,
    })
  }
}

/** Durations are kept in buckets (2^(b/8), 2^((b+1)/8)] ns: slow are those from this one on. */
function slowFromBucket(thresholdMs: number): number {
  // A threshold on an edge must not be pushed to the next one by its last digit.
  return Math.ceil(Math.log2(thresholdMs * 1e6) * 8 - 1e-9)
}

/** The threshold that is counted against: the next bucket edge, at most 9 % above the one asked for. */
export function countedThresholdMs(sli: Sli): number | null {
  return sli.kind === 'latency' ? 2 ** (slowFromBucket(sli.thresholdMs) / 8) / 1e6 : null
}

export const readSloMinutes = defineColumnsQuery({
  sql: new URL('slo-minutes.sql', import.meta.url),
  params: Counted,
  columns: z.object({
    minute_number: z.array(z.number()).default([]),
    requests: z.array(z.number()).default([]),
    bad_requests: z.array(z.number()).default([]),
  }),
})

export const readSloVersions = defineQuery({
  sql: new URL('slo-versions.sql', import.meta.url),
  params: Counted,
  row: z.object({ version: z.string(), requests: z.number(), bad_requests: z.number() }),
})

export const readSloSteps = defineQuery({
  sql: new URL('slo-steps.sql', import.meta.url),
  params: Counted.extend({ stepMinutes: z.int().positive() }),
  row: z.object({ step: z.int(), requests: z.number(), bad_requests: z.number() }),
})

/** What was counted for earlier revisions is read by nobody. */
export async function forgetMinutes(
  client: ClickHouseClient,
  id: string,
  beforeRevision: number,
): Promise<void> {
  await client.command({
    query: `DELETE FROM slo_minutes
      WHERE slo_id = {id: String} AND revision < {beforeRevision: UInt64}`,
    query_params: { id, beforeRevision },
  })
}
