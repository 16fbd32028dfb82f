import { ProjectSlug, TimePoint } from '@aftermath/schemas/api/common'
import {
  OperationsAnswer,
  ReleasePath,
  ReleaseSearch,
  ReleaseSeriesAnswer,
  SeriesSearch,
  type ReleaseSeries,
} from '@aftermath/schemas/api/releases'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { readLastVerdicts, readReleaseLines } from '../releases/read-releases.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import { quantileNs } from './release-report.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'
import { environmentLately, environmentOf, rangeOf, type Range } from './scope.ts'
import { readJudgement } from './stored-judgement.ts'

const BUCKETS_MAX = 300
const VERSIONS_MAX = 12
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440, 2880].map(
  (minutes) => minutes * 60_000,
)

const readSeries = defineQuery({
  sql: new URL('release-series.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
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
      }),
      answer: ReleaseSeriesAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const { service, version } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const place = { service, environment }
        const { release, baseline } = await readComparison(client, { ...place, version }, signal)
        const range = rangeOf(
          {
            from: query.from ?? new Date(release.firstSeenMs - contextMs(release)).toISOString(),
            to:
              query.to ?? new Date(Math.min(release.lastSeenMs + 5 * 60_000, nowMs)).toISOString(),
          },
          nowMs,
        )
        const roleOf = (of: string) =>
          of === version ? 'candidate' : of === baseline?.version ? 'baseline' : 'other'
        return { data: await seriesOf(client, place, range, roleOf, signal), meta: { environment } }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}/operations',
      summary: 'Operations of a release beside its baseline, busiest first.',
      access: 'admin',
      params: ReleasePath,
      query: ReleaseSearch,
      answer: OperationsAnswer,
      async handle({ params, query }, { client, nowMs, signal }) {
        const { service, version } = params
        const environment = await environmentLately(client, { ...query, service }, nowMs, signal)
        const key = { service, environment, version }
        return { data: await operationsOf(client, key, signal), meta: { environment } }
      },
    }),
  ]
}

type ReleaseKey = { service: string; environment: string; version: string }

async function readComparison(client: ClickHouseClient, key: ReleaseKey, signal: AbortSignal) {
  const [[line], verdicts] = await Promise.all([
    readReleaseLines(client, key, signal),
    readLastVerdicts(client, key, signal),
  ])
  const release = line?.releases.find(({ version }) => version === key.version)
  if (release === undefined) {
    throw new Problem(404, `${key.service} ${key.version} was not seen in ${key.environment} yet.`)
  }
  const stored = verdicts.find(({ version }) => version === key.version)
  const judgement = stored === undefined ? undefined : readJudgement(stored.body)
  return { release, judgement, baseline: judgement?.baseline }
}

const HOUR_MS = 60 * 60_000

/** What of the time before a release its charts show: as long as it lives, an hour to a day. */
function contextMs({ firstSeenMs, lastSeenMs }: OrderedRelease): number {
  return Math.min(24 * HOUR_MS, Math.max(HOUR_MS, lastSeenMs - firstSeenMs))
}

/** How long a step of a chart is, so that it has no more than it can show. */
export function stepOf({ fromMs, toMs }: Range): number {
  return STEPS_MS.find((step) => (toMs - fromMs) / step <= BUCKETS_MAX) ?? STEPS_MS.at(-1)!
}

async function seriesOf(
  client: ClickHouseClient,
  place: { service: string; environment: string },
  range: Range,
  roleOf: (version: string) => ReleaseSeries['series'][number]['role'],
  signal: AbortSignal,
): Promise<ReleaseSeries> {
  const stepMs = stepOf(range)
  const fromMs = Math.floor(range.fromMs / stepMs) * stepMs
  const [rows, [line]] = await Promise.all([
    readSeries(client, { ...place, fromMs, toMs: range.toMs, stepMs }, signal),
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

const readOperationStats = defineQuery({
  sql: new URL('operation-stats.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    candidate: z.string(),
    candidateFromMs: z.int(),
    candidateToMs: z.int(),
    baseline: z.string(),
    baselineFromMs: z.int(),
    baselineToMs: z.int(),
  }),
  row: z.object({
    version: z.string(),
    operation: z.string(),
    kind_shown: z.string(),
    requests: z.number(),
    failures: z.number(),
    p95Ns: z.number().nullable(),
  }),
})

async function operationsOf(client: ClickHouseClient, key: ReleaseKey, signal: AbortSignal) {
  const { release, judgement, baseline } = await readComparison(client, key, signal)
  const rows = await readOperationStats(
    client,
    {
      service: key.service,
      environment: key.environment,
      candidate: key.version,
      candidateFromMs: release.firstSeenMs - 60_000,
      candidateToMs: release.lastSeenMs + 60_000,
      // An empty name matches nothing here: a release has a version.
      baseline: baseline?.version ?? '',
      baselineFromMs: Date.parse(baseline?.from ?? '1970-01-01'),
      baselineToMs: Date.parse(baseline?.to ?? '1970-01-01'),
    },
    signal,
  )
  const nothing = { requests: 0, failures: 0, p95Ns: null }
  return [
    ...Map.groupBy(rows, ({ operation, kind_shown: kind }) => JSON.stringify([operation, kind])),
  ]
    .map(([, own]) => {
      const { operation, kind_shown: kind } = own[0]! // a group is never empty
      const arm = (version: string | undefined) => {
        const row = own.find((one) => one.version === version)
        return row === undefined
          ? nothing
          : { requests: row.requests, failures: row.failures, p95Ns: row.p95Ns }
      }
      const evidence = judgement?.evidence.find(
        ({ signal: of, scope }) => of === 'error_rate' && scope.operation === operation,
      )
      const hasInterval =
        evidence !== undefined &&
        evidence.estimate !== null &&
        evidence.low !== null &&
        evidence.high !== null
      return {
        operation,
        kind,
        candidate: arm(key.version),
        baseline: arm(baseline?.version ?? undefined),
        errorRate: hasInterval
          ? {
              estimate: evidence.estimate!, // checked above
              low: evidence.low!,
              high: evidence.high!,
              conclusion: evidence.conclusion,
            }
          : null,
      }
    })
    .toSorted(
      (a, b) =>
        b.candidate.requests - a.candidate.requests || b.baseline.requests - a.baseline.requests,
    )
}
