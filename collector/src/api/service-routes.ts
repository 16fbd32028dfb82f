import { ScopeSearch } from '@aftermath/schemas/api/common'
import { FiltersAnswer, ServicesAnswer, type ServiceRow } from '@aftermath/schemas/api/services'
import {
  readLastVerdicts,
  readReleaseLines,
  type LastVerdict,
  type ReleaseLine,
} from '../releases/read-releases.ts'
import { currentOf } from '../releases/release-order.ts'
import { readServiceStats, type ServiceStats } from './release-rows.ts'
import { route, type Route } from './route.ts'
import { rangeOf, readEnvironmentTraffic } from './scope.ts'

export function serviceRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/services',
      summary: 'Services seen in the range, with or without a version, busiest first.',
      access: 'admin',
      query: ScopeSearch,
      answer: ServicesAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const place = { service: query.service ?? '', environment: query.environment ?? '' }
        const [lines, stats, verdicts] = await Promise.all([
          readReleaseLines(client, place, signal),
          readServiceStats(client, { ...place, ...range }, signal),
          readLastVerdicts(client, place, signal),
        ])
        const seen = lines.filter(
          ({ firstSeenMs, lastSeenMs }) => lastSeenMs >= range.fromMs && firstSeenMs < range.toMs,
        )
        const rows = [...Map.groupBy(seen, ({ service }) => service)].map(([service, own]) =>
          describe(service, own, stats, verdicts),
        )
        return {
          data: rows.toSorted(
            (a, b) => b.requests - a.requests || (a.service < b.service ? -1 : 1),
          ),
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

function describe(
  service: string,
  lines: readonly ReleaseLine[],
  stats: readonly ServiceStats[],
  verdicts: readonly LastVerdict[],
): ServiceRow {
  const own = stats.filter((row) => row.service === service)
  const sum = (rows: readonly ServiceStats[], name: 'requests' | 'failures') =>
    rows.reduce((total, row) => total + row[name], 0)
  const trafficOf = ({ environment }: ReleaseLine) =>
    sum(
      own.filter((row) => row.environment === environment),
      'requests',
    )
  const busiest = lines.toSorted((a, b) => trafficOf(b) - trafficOf(a))[0]! // a group is never empty
  const current = currentOf(busiest.releases)
  const verdict = verdicts.find(
    (row) =>
      row.service === service &&
      row.environment === busiest.environment &&
      row.version === current?.version,
  )
  return {
    service,
    environments: lines.map(({ environment }) => environment).toSorted(),
    requests: sum(own, 'requests'),
    failures: sum(own, 'failures'),
    p95Ns: own.toSorted((a, b) => b.requests - a.requests)[0]?.p95Ns ?? null,
    versions: new Set(lines.flatMap(({ releases }) => releases.map(({ version }) => version))).size,
    firstSeen: new Date(Math.min(...lines.map(({ firstSeenMs }) => firstSeenMs))).toISOString(),
    lastSeen: new Date(Math.max(...lines.map(({ lastSeenMs }) => lastSeenMs))).toISOString(),
    current:
      current === undefined
        ? null
        : { version: current.version, verdict: verdict?.verdict ?? 'insufficient_data' },
  }
}
