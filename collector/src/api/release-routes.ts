import {
  OverviewAnswer,
  ReleaseAnswer,
  ReleasePath,
  ReleaseReportSearch,
  ReleasesAnswer,
  ReleasesSearch,
} from '@aftermath/schemas/api/releases'
import { ScopeSearch } from '@aftermath/schemas/api/common'
import type { VerdictState } from '@aftermath/schemas/verdict'
import type { Jobs } from '../jobs/jobs.ts'
import { readAskedReport } from './release-report.ts'
import { readReleaseRows, type ListedRelease } from './release-rows.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'
import { environmentOf, rangeOf } from './scope.ts'

export function releaseRoutes(jobs: Pick<Jobs, 'judgeBeside'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/overview',
      summary: 'The current release of every service, most urgent first.',
      access: 'admin',
      query: ScopeSearch,
      answer: OverviewAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const environment = await environmentOf(client, query, range, signal)
        const listed = await readReleaseRows(client, { ...query, environment }, range, signal)
        return { data: overviewOf(listed, range.fromMs), meta: { environment } }
      },
    }),
    route({
      method: 'get',
      path: '/releases',
      summary: 'Releases that served in the range, newest first deployment first.',
      access: 'admin',
      query: ReleasesSearch,
      answer: ReleasesAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const environment = await environmentOf(client, query, range, signal)
        const listed = await readReleaseRows(client, { ...query, environment }, range, signal)
        const wanted = query.q?.toLowerCase() ?? ''
        const rows = listed
          .map(({ row }) => row)
          .filter(({ service, version }) => `${service} ${version}`.toLowerCase().includes(wanted))
        const from = query.cursor === undefined ? 0 : cursorPlace(query.cursor)
        const page = rows.slice(from, from + query.limit)
        const next = from + query.limit < rows.length ? String(from + query.limit) : null
        return { data: page, meta: { environment, nextCursor: next } }
      },
    }),
    route({
      method: 'get',
      path: '/releases/{service}/{version}',
      summary: 'One release: verdict, sentence, evidence, baseline, what would change it.',
      access: 'admin',
      params: ReleasePath,
      query: ReleaseReportSearch,
      answer: ReleaseAnswer,
      async handle({ params, query }, context) {
        const report = await readAskedReport({ ...params, ...query }, context, jobs)
        return { data: report, meta: { environment: report.environment } }
      },
    }),
  ]
}

function cursorPlace(cursor: string): number {
  const place = Number(cursor)
  if (!Number.isInteger(place) || place < 0)
    throw new Problem(400, 'cursor: take it from meta.nextCursor.')
  return place
}

const URGENCY: Record<VerdictState, number> = {
  roll_back: 0,
  patch: 1,
  watch: 2,
  insufficient_data: 3,
  ship: 4,
}

function overviewOf(listed: readonly ListedRelease[], fromMs: number) {
  const current = listed
    .filter(
      ({ isCurrent, row }) => isCurrent || row.verdict === 'roll_back' || row.verdict === 'patch',
    )
    // A harmful release that no longer serves is history, not something to do.
    .filter(({ isCurrent, isServing }) => isCurrent || isServing)
    .toSorted(
      (a, b) => URGENCY[a.row.verdict] - URGENCY[b.row.verdict] || b.row.requests - a.row.requests,
    )
  const count = (...states: VerdictState[]) =>
    current.filter(({ row }) => states.includes(row.verdict)).length
  const deployed = listed.filter(({ release }) => release.firstDeployedMs >= fromMs)
  return {
    counts: {
      needYou: count('roll_back', 'patch', 'watch'),
      collecting: count('insufficient_data'),
      fine: count('ship'),
    },
    rows: current.map(({ row, judgement }) => ({
      ...row,
      baselineVersion: judgement?.baseline.version ?? null,
      excessFailures: judgement?.excessFailures ?? null,
    })),
    recent: {
      releases: deployed.length,
      deployments: deployed.filter(({ row }) => row.registered).length,
    },
  }
}
