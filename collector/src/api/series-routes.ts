import { ProjectSlug, TimePoint } from '@aftermath/schemas/api/common'
import {
  ReleasePath,
  ReleaseSeriesAnswer,
  SeriesSearch,
  type ReleaseSeries,
} from '@aftermath/schemas/api/releases'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import { readJudgedRelease } from './judged-release.ts'
import { quantileNs } from './release-report.ts'
import { route, type Route } from './route.ts'
import { environmentLately, environmentOf, rangeOf, stepOf, type Range } from './scope.ts'

const VERSIONS_MAX = 12

const readSeries = defineQuery({
  sql: new URL('release-series.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    operation: z.string(),
    fromMs: z.int(),
    toMs: z.int(),
    stepMs: z.int().positive(),
  }),
  row: z.object({
    version: z.string(),
    step: z.int(),
    bucket: z.int(),
    requests: z.number(),
    failures: z.number(),
  }),
})
type SeriesRow = Awaited<ReturnType<typeof readSeries>>[number]

export function seriesRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/releases/{service}/adoption',
      summary: 'Traffic, errors and latency of every version of a service over time.',
      access: 'admin',
      params: z.object({ service: z.string().min(1).max(200) }),
      query: SeriesSearch,
      answer: ReleaseSeriesAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const environment = await environmentOf(client, { ...query, ...params }, range, signal)
        const place = { service: params.service, environment }
        return {
          data: await seriesOf(client, place, range, () => 'other', signal),
          meta: { environment },
        }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/series',
      summary: 'Traffic, errors and latency of a release and its baseline over time.',
      access: 'admin',
      params: ReleasePath,
      query: z.strictObject({
        project: ProjectSlug.default('default'),
        environment: z.string().min(1).max(200).optional(),
        from: TimePoint.optional(),
        to: TimePoint.optional(),
        operation: z.string().min(1).max(250).optional(),
      }),
      answer: ReleaseSeriesAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const { service, version } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const place = { service, environment }
        const { release, judgement } = await readJudgedRelease(
          client,
          { ...place, version },
          signal,
        )
        const range = rangeOf(
          {
            from: query.from ?? new Date(release.firstSeenMs - contextMs(release)).toISOString(),
            to:
              query.to ?? new Date(Math.min(release.lastSeenMs + 5 * 60_000, nowMs)).toISOString(),
          },
          nowMs,
        )
        const roleOf = (of: string) =>
          of === version ? 'candidate' : of === judgement?.baseline.version ? 'baseline' : 'other'
        const of = { ...place, operation: query.operation }
        return { data: await seriesOf(client, of, range, roleOf, signal), meta: { environment } }
      },
    }),
  ]
}

const HOUR_MS = 60 * 60_000

/** What of the time before a release its charts show: as long as it lives, an hour to a day. */
function contextMs({ firstSeenMs, lastSeenMs }: OrderedRelease): number {
  return Math.min(24 * HOUR_MS, Math.max(HOUR_MS, lastSeenMs - firstSeenMs))
}

async function seriesOf(
  client: ClickHouseClient,
  { operation, ...place }: { service: string; environment: string; operation?: string | undefined },
  range: Range,
  roleOf: (version: string) => ReleaseSeries['series'][number]['role'],
  signal: AbortSignal,
): Promise<ReleaseSeries> {
  const stepMs = stepOf(range)
  const fromMs = Math.floor(range.fromMs / stepMs) * stepMs
  const [rows, [line]] = await Promise.all([
    readSeries(
      client,
      { ...place, operation: operation ?? '', fromMs, toMs: range.toMs, stepMs },
      signal,
    ),
    readReleaseLines(client, place, signal),
  ])
  const steps = Math.ceil((range.toMs - fromMs) / stepMs)
  const totals = new Float64Array(steps)
  for (const { step, requests } of rows) totals[step]! += requests

  const byVersion = [...Map.groupBy(rows, ({ version }) => version)]
    .map(([version, own]) => ({
      version,
      own,
      requests: own.reduce((sum, row) => sum + row.requests, 0),
    }))
    .toSorted(
      (a, b) =>
        Number(roleOf(a.version) === 'other') - Number(roleOf(b.version) === 'other') ||
        b.requests - a.requests,
    )
    .slice(0, VERSIONS_MAX)
  return {
    stepMs,
    t: Array.from({ length: steps }, (_, step) => fromMs + step * stepMs),
    series: byVersion.map(({ version, own }) => ({
      version,
      role: roleOf(version),
      ...columnsOf(own, totals, stepMs),
    })),
    markers: markersOf(line?.releases ?? [], fromMs, range.toMs),
  }
}

function columnsOf(rows: readonly SeriesRow[], totals: Float64Array, stepMs: number) {
  const byStep = Map.groupBy(rows, ({ step }) => step)
  const column = (read: (own: SeriesRow[], requests: number, step: number) => number | null) =>
    Array.from(totals, (_, step) => {
      const own = byStep.get(step)
      if (own === undefined) return null
      return read(
        own,
        own.reduce((sum, row) => sum + row.requests, 0),
        step,
      )
    })
  return {
    requestsPerMinute: column((_, requests) => requests / (stepMs / 60_000)),
    errorRate: column((own, requests) =>
      requests === 0 ? null : own.reduce((sum, row) => sum + row.failures, 0) / requests,
    ),
    p50Ns: column((own) => quantileNs(own, 0.5)),
    p95Ns: column((own) => quantileNs(own, 0.95)),
    p99Ns: column((own) => quantileNs(own, 0.99)),
    share: column((_, requests, step) => (totals[step] === 0 ? null : requests / totals[step]!)),
  }
}

export function markersOf(releases: readonly OrderedRelease[], fromMs: number, toMs: number) {
  return releases
    .flatMap(({ version, deployedMs, firstSeenMs }): ReleaseSeries['markers'] =>
      deployedMs.length > 0
        ? deployedMs.map((at) => ({ at, version, kind: 'deployment' }))
        : [{ at: firstSeenMs, version, kind: 'first_seen' }],
    )
    .filter(({ at }) => at >= fromMs && at < toMs)
    .toSorted((a, b) => a.at - b.at)
}
