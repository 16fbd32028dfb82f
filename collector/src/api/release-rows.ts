import type { ClickHouseClient } from '@clickhouse/client'
import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import type { ReleaseRow } from '@aftermath/schemas/api/releases'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { currentOf, servingOf, type OrderedRelease } from '../releases/release-order.ts'
import { readLastVerdicts, readReleaseLines } from '../releases/read-releases.ts'
import { readJudgement } from './stored-judgement.ts'
import type { Range } from './scope.ts'

const SPARK_SLICES = 24

const Place = z.object({
  service: z.string(),
  environment: z.string(),
  fromMs: z.int(),
  toMs: z.int(),
})
const key = { service: z.string(), environment: z.string(), version: z.string() }
const counts = { requests: z.number(), failures: z.number() }

export const readServiceStats = defineQuery({
  sql: new URL('service-stats.sql', import.meta.url),
  params: Place,
  row: z.object({ ...key, ...counts, p95Ns: z.number().nullable() }),
})

const readSpark = defineQuery({
  sql: new URL('release-spark.sql', import.meta.url),
  params: Place.extend({ sliceMs: z.int().positive() }),
  row: z.object({ ...key, ...counts, slice: z.int() }),
})

type Search = { service?: string | undefined; environment?: string | undefined }

export interface ListedRelease {
  row: ReleaseRow
  release: OrderedRelease
  judgement: Judgement | undefined
  /** What the service runs now: see `currentOf`. */
  isCurrent: boolean
  isServing: boolean
}

/** Every release that served in the range or was deployed in it, newest deployment first. */
export async function readReleaseRows(
  client: ClickHouseClient,
  search: Search,
  range: Range,
  signal: AbortSignal,
): Promise<ListedRelease[]> {
  const place = { service: search.service ?? '', environment: search.environment ?? '' }
  const sliceMs = Math.max(60_000, Math.ceil((range.toMs - range.fromMs) / SPARK_SLICES))
  const [lines, stats, spark, verdicts] = await Promise.all([
    readReleaseLines(client, search, signal),
    readServiceStats(client, { ...place, ...range }, signal),
    readSpark(client, { ...place, ...range, sliceMs }, signal),
    readLastVerdicts(client, place, signal),
  ])
  const statsOf = new Map(stats.map((row) => [keyOf(row), row]))
  const served = requestsByLine(stats)
  const sparkOf = Map.groupBy(spark, keyOf)
  const verdictOf = new Map(verdicts.map((row) => [keyOf(row), row]))
  return lines
    .flatMap(({ releases }) => {
      const current = currentOf(releases)
      const serving = new Set(servingOf(releases))
      return releases.map((release) => ({
        release,
        isCurrent: release === current,
        isServing: serving.has(release),
      }))
    })
    .filter(
      ({ release }) => release.lastSeenMs >= range.fromMs && release.firstDeployedMs < range.toMs,
    )
    .toSorted((a, b) => b.release.firstDeployedMs - a.release.firstDeployedMs)
    .map(({ release, isCurrent, isServing }) => {
      const id = keyOf(release)
      const spent = statsOf.get(id)
      const slices = fill(sparkOf.get(id) ?? [])
      const verdict = verdictOf.get(id)
      const judgement = verdict && readJudgement(verdict.body)
      const share = shareOf(spent?.requests ?? 0, served.get(lineOf(release)) ?? 0)
      const row = rowOf(release, spent, share, slices, judgement)
      return { row, release, judgement, isCurrent, isServing }
    })
}

export type ServiceStats = Awaited<ReturnType<typeof readServiceStats>>[number]

function rowOf(
  release: OrderedRelease,
  stats: ServiceStats | undefined,
  share: number | null,
  spark: ReleaseRow['spark'],
  judgement: Judgement | undefined,
): ReleaseRow {
  return {
    service: release.service,
    environment: release.environment,
    version: release.version,
    firstSeen: new Date(release.firstSeenMs).toISOString(),
    lastSeen: new Date(release.lastSeenMs).toISOString(),
    deployedAt: new Date(release.firstDeployedMs).toISOString(),
    registered: release.deployedMs.length > 0,
    implausible: release.implausible ?? null,
    share,
    requests: stats?.requests ?? 0,
    failures: stats?.failures ?? 0,
    p95Ns: stats?.p95Ns ?? null,
    verdict: judgement?.verdict ?? 'insufficient_data',
    severity: judgement?.severity ?? null,
    sentence: judgement?.sentence ?? notJudgedYet(release),
    eta: judgement?.eta ?? null,
    spark,
  }
}

/** Until its first judged minute a release has no judgement. */
export function notJudgedYet({ version }: { version: string }): string {
  return `${version} was seen; its first minutes are not judged yet.`
}

function shareOf(requests: number, total: number): number | null {
  return total === 0 ? null : requests / total
}

/** Requests of all versions of each service in each environment. */
function requestsByLine(stats: readonly ServiceStats[]): Map<string, number> {
  const totals = new Map<string, number>()
  for (const row of stats) totals.set(lineOf(row), (totals.get(lineOf(row)) ?? 0) + row.requests)
  return totals
}

function lineOf(row: { service: string; environment: string }): string {
  return JSON.stringify([row.service, row.environment])
}

function fill(rows: readonly { slice: number; requests: number; failures: number }[]) {
  const spark = Array.from({ length: SPARK_SLICES }, () => ({ requests: 0, failures: 0 }))
  for (const { slice, requests, failures } of rows) {
    const slot = spark[Math.min(SPARK_SLICES - 1, Math.max(0, slice))]! // within: clamped
    slot.requests += requests
    slot.failures += failures
  }
  return spark
}

function keyOf(row: { service: string; environment: string; version: string }): string {
  return JSON.stringify([row.service, row.environment, row.version])
}
