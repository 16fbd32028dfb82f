import { ScopeSearch } from '@aftermath/schemas/api/common'
import { FiltersAnswer, ServicesAnswer } from '@aftermath/schemas/api/services'
import { readReleaseLines } from '../releases/read-releases.ts'
import { readReleaseRows, type ListedRelease } from './release-rows.ts'
import { route, type Route } from './route.ts'
import { rangeOf, readEnvironmentTraffic } from './scope.ts'

export function serviceRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/services',
      summary: 'Services that served in the range, busiest first.',
      access: 'admin',
      query: ScopeSearch,
      answer: ServicesAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const listed = await readReleaseRows(client, query, range, signal)
        const byService = Map.groupBy(listed, ({ row }) => row.service)
        const rows = [...byService].map(([service, releases]) => describe(service, releases))
        return {
          data: rows.toSorted((a, b) => b.requests - a.requests || (a.service < b.service ? -1 : 1)),
          meta: { environment: query.environment ?? null },
        }
      },
    }),
    route({
      method: 'get',
      path: '/filters',
      summary: 'What the filters offer: environments by traffic, services by name.',
      access: 'admin',
      query: ScopeSearch,
      answer: FiltersAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const [environments, lines] = await Promise.all([
          readEnvironmentTraffic(client, { service: '', ...range }, signal),
          readReleaseLines(client, {}, signal),
        ])
        const services = [...new Set(lines.map(({ service }) => service))].toSorted()
        return { data: { environments, services } }
      },
    }),
  ]
}

function describe(service: string, releases: readonly ListedRelease[]) {
  const sum = (pick: (row: ListedRelease['row']) => number) =>
    releases.reduce((total, { row }) => total + pick(row), 0)
  const busiest = releases.toSorted((a, b) => b.row.requests - a.row.requests)[0]! // a group is never empty
  const current = releases
    .filter(({ isCurrent, row }) => isCurrent && row.environment === busiest.row.environment)
    .map(({ row }) => ({ version: row.version, verdict: row.verdict }))[0]
  return {
    service,
    environments: [...new Set(releases.map(({ row }) => row.environment))].toSorted(),
    requests: sum((row) => row.requests),
    failures: sum((row) => row.failures),
    p95Ns: busiest.row.p95Ns,
    versions: new Set(releases.map(({ row }) => row.version)).size,
    firstSeen: releases.map(({ row }) => row.firstSeen).toSorted()[0]!,
    lastSeen: releases.map(({ row }) => row.lastSeen).toSorted().at(-1)!,
    current: current ?? null,
  }
}
