import type { ClickHouseClient } from '@clickhouse/client'
import { VerdictState } from '@aftermath/schemas/verdict'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import type { Late } from './late.ts'
import { orderReleases, type OrderedRelease } from './release-order.ts'

/** Empty strings: every service, every environment. */
const Place = z.object({ service: z.string(), environment: z.string() })

const name = { service: z.string(), environment: z.string(), version: z.string() }

const readSightings = defineQuery({
  sql: new URL('release-sightings.sql', import.meta.url),
  params: Place,
  row: z.object({
    ...name,
    firstSeenMs: z.number(),
    lastSeenMs: z.number(),
    lastLateMs: z.number(),
    lateCount: z.number(),
  }),
})

const readDeploymentFacts = defineQuery({
  sql: new URL('deployments.sql', import.meta.url),
  params: Place,
  row: z.object({
    id: z.string(),
    ...name,
    status: z.string(),
    startedMs: z.number(),
    irreversibleMigration: z.boolean(),
  }),
})

/** The last judgement of every release; `body` is its JSON. */
export const readLastVerdicts = defineQuery({
  sql: new URL('last-verdicts.sql', import.meta.url),
  params: Place,
  row: z.object({ ...name, verdict: VerdictState, body: z.string(), judgedMs: z.number() }),
})
export type LastVerdict = Awaited<ReturnType<typeof readLastVerdicts>>[number]

/** Releases of one service in one environment. */
export interface ReleaseLine {
  service: string
  environment: string
  /** Oldest first deployment first. */
  releases: OrderedRelease[]
  /** When anything of it was seen, telemetry without a version included. Unix milliseconds. */
  firstSeenMs: number
  lastSeenMs: number
  /** What came late for any of it, see Sighting. */
  late: Late
}

/** Every line of releases in the project, or those of one service or environment. */
export async function readReleaseLines(
  client: ClickHouseClient,
  place: { service?: string | undefined; environment?: string | undefined },
  signal?: AbortSignal,
): Promise<ReleaseLine[]> {
  const params = { service: place.service ?? '', environment: place.environment ?? '' }
  const [sightings, deployments] = await Promise.all([
    readSightings(client, params, signal),
    readDeploymentFacts(client, params, signal),
  ])
  const lineOf = (row: { service: string; environment: string }) =>
    JSON.stringify([row.service, row.environment])
  const deploymentsOf = Map.groupBy(deployments, lineOf)
  return [...Map.groupBy(sightings, lineOf)].map(([line, rows]) => ({
    service: rows[0]!.service, // a group is never empty
    environment: rows[0]!.environment,
    releases: orderReleases(rows, deploymentsOf.get(line) ?? []),
    firstSeenMs: Math.min(...rows.map(({ firstSeenMs }) => firstSeenMs)),
    lastSeenMs: Math.max(...rows.map(({ lastSeenMs }) => lastSeenMs)),
    late: {
      lastLateMs: Math.max(...rows.map(({ lastLateMs }) => lastLateMs)),
      lateCount: rows.reduce((sum, { lateCount }) => sum + lateCount, 0),
    },
  }))
}
