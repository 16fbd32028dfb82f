import {
  MetricAnswer,
  MetricSearch,
  MetricsAnswer,
  MetricsSearch,
} from '@aftermath/schemas/api/metrics'
import { readMetric, readMetricNames } from '../explore/metrics.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'
import { environmentOf, rangeOf, stepOf } from './scope.ts'
import { markersOf } from './series-routes.ts'

export function metricRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/metrics',
      summary: 'Names of metrics seen in the last hour of the range.',
      access: 'admin',
      query: MetricsSearch,
      answer: MetricsAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const names = await readMetricNames(client, { ...query, ...rangeOf(query, nowMs) }, signal)
        return { data: names }
      },
    }),
    route({
      method: 'get',
      path: '/metrics/query',
      summary: 'One metric over time, by release, service or an attribute, with the deployments.',
      access: 'admin',
      query: MetricSearch,
      answer: MetricAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const range = rangeOf(query, nowMs)
        const environment = await environmentOf(client, query, range, signal)
        const stepMs = stepOf(range)
        const fromMs = Math.floor(range.fromMs / stepMs) * stepMs
        const wanted = { ...query, environment, fromMs, toMs: range.toMs, stepMs }
        const place = { service: query.service ?? '', environment }
        const [metric, [line]] = await Promise.all([
          readMetric(client, wanted, signal),
          // Deployments of every service at once would hide the chart.
          query.service === undefined ? [] : readReleaseLines(client, place, signal),
        ])
        if (metric === undefined) {
          throw new Problem(404, `No point of ${query.name} lies in this range.`)
        }
        const { partial, ...data } = metric
        const markers = markersOf(line?.releases ?? [], fromMs, range.toMs).map(
          ({ at, version }) => ({ at, label: version }),
        )
        return { data: { ...data, markers }, meta: { environment, partial } }
      },
    }),
  ]
}
