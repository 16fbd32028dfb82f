import { readFileSync } from 'node:fs'
import type {
  MetricFunction,
  MetricKind,
  MetricName,
  MetricSearch,
  MetricSeries,
} from '@aftermath/schemas/api/metrics'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { exponentialQuantile, gainedBySteps } from './exponential-histogram.ts'
import { histogramQuantile, type Buckets } from './histogram-quantile.ts'
import { withRelease } from './release-columns.ts'

const HOUR_MS = 3_600_000
const GROUPS_MAX = 12
const POINTS_MAX = 50_000
/** A counter is read once a minute, seldom less than once in a quarter of an hour. */
const LOOKBACK_MS = 15 * 60_000

const KINDS = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const
/** A first value that came together in this time, beside its step, belongs where it was sent. */
const FRESH_MS = 60_000
const tableOf = (kind: MetricKind) => `otel_metrics_${kind}`
const nanoseconds = (timeMs: number) => `${Math.floor(timeMs)}000000`

type Range = { fromMs: number; toMs: number }

const readNames = defineQuery({
  sql: new URL('metric-names.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    fromNs: z.string(),
    toNs: z.string(),
    text: z.string(),
    limit: z.int(),
  }),
  row: z.object({
    name: z.string(),
    kind: z.enum(KINDS),
    services: z.array(z.string()),
    seenMs: z.number(),
  }),
})

/** Names seen in the last hour of the range: to look further back would read every point. */
export async function readMetricNames(
  client: ClickHouseClient,
  {
    service,
    q,
    limit,
    fromMs,
    toMs,
  }: Range & { service?: string | undefined; q?: string | undefined; limit: number },
  signal: AbortSignal,
): Promise<MetricName[]> {
  const rows = await readNames(
    client,
    {
      service: service ?? '',
      fromNs: nanoseconds(Math.max(fromMs, toMs - HOUR_MS)),
      toNs: nanoseconds(toMs),
      text: q ?? '',
      limit,
    },
    signal,
  )
  return rows.map(({ seenMs, ...row }) => ({ ...row, lastSeen: new Date(seenMs).toISOString() }))
}

const readFacts = defineQuery({
  sql: new URL('metric-facts.sql', import.meta.url),
  params: z.object({
    table: z.string(),
    name: z.string(),
    service: z.string(),
    fromNs: z.string(),
    toNs: z.string(),
  }),
  row: z.object({ unit: z.string(), description: z.string(), attributes: z.array(z.string()) }),
})

const Points = z.object({
  table: z.string(),
  name: z.string(),
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  by: z.string(),
  attribute: z.string(),
  fromMs: z.int(),
  stepMs: z.int(),
  freshMs: z.int(),
  fromNs: z.string(),
  toNs: z.string(),
})
type Points = z.output<typeof Points>

/** A query whose first line but comments says which columns of the points it wants. */
function overPoints(file: string): () => string {
  return () => {
    const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
    return read(file).replace(/-- \{points: (.*)\}/, (_, columns: string) =>
      withRelease(read('metric-points.sql').replace('-- {columns}', () => columns)),
    )
  }
}

const Place = { key: z.string(), step: z.number() }
const Total = z.object({ ...Place, total: z.number().nullable() })
const readGauge = defineQuery({
  sql: overPoints('metric-gauge.sql'),
  params: Points,
  row: z.object({
    ...Place,
    mean: z.number().nullable(),
    least: z.number().nullable(),
    greatest: z.number().nullable(),
  }),
})
const readLevel = defineQuery({ sql: overPoints('metric-level.sql'), params: Points, row: Total })
const readChanges = defineQuery({
  sql: overPoints('metric-changes.sql'),
  params: Points,
  row: Total,
})
const readMonotonic = defineQuery({
  sql: () =>
    `SELECT IsMonotonic AS monotonic, AggregationTemporality = 1 AS delta FROM otel_metrics_sum
    WHERE MetricName = {name: String} AND ({service: String} = '' OR ServiceName = {service: String})
      AND TimeUnix >= fromUnixTimestamp64Nano({fromNs: Int64}) AND TimeUnix < fromUnixTimestamp64Nano({toNs: Int64})
    LIMIT 1`,
  params: Points,
  row: z.object({
    monotonic: z.union([z.boolean(), z.number()]).transform(Boolean),
    delta: z.union([z.boolean(), z.number()]).transform(Boolean),
  }),
})
const readHistogram = defineQuery({
  sql: overPoints('metric-histogram.sql'),
  params: Points,
  row: z.object({
    ...Place,
    bounds: z.array(z.number()),
    gained: z.number(),
    gained_total: z.number().nullable(),
    gained_buckets: z.array(z.number()),
  }),
})
const readExponential = defineQuery({
  sql: overPoints('metric-exponential.sql'),
  params: Points.extend({ pointsMax: z.int() }),
  row: z.object({
    ...Place,
    series_shown: z.string(),
    beganMs: z.number(),
    atMs: z.number(),
    n: z.number(),
    total: z.number(),
    scale: z.number(),
    zeros: z.number(),
    offset: z.number(),
    buckets: z.array(z.number()),
    negatives: z.number(),
    temporality: z.number(),
  }),
})
const readSummary = defineQuery({
  sql: overPoints('metric-summary.sql'),
  params: Points.extend({ quantile: z.number() }),
  row: z.object({ ...Place, mean: z.number().nullable() }),
})

const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const
const HISTOGRAM_FUNCTIONS: MetricFunction[] = ['p95', 'p50', 'p99', 'avg', 'rate']

/** Values by group and step, as a function makes them. */
type Cell = { key: string; step: number; value: number | null }
type Made = { functions: MetricFunction[]; used: MetricFunction; cells: Cell[]; partial: boolean }

/**
 * One metric over time, by group; undefined where the range has no point of it.
 *
 * @param range from the beginning of a step to its end
 */
export async function readMetric(
  client: ClickHouseClient,
  wanted: Pick<MetricSearch, 'name' | 'kind' | 'service' | 'version' | 'by' | 'function'> &
    Range & { environment: string; stepMs: number },
  signal: AbortSignal,
): Promise<(Omit<MetricSeries, 'markers'> & { partial: boolean }) | undefined> {
  const { name, by, fromMs, toMs, stepMs } = wanted
  const place = { name, service: wanted.service ?? '', toNs: nanoseconds(toMs) }
  for (const kind of wanted.kind === undefined ? KINDS : [wanted.kind]) {
    const table = tableOf(kind)
    const [facts] = await readFacts(
      client,
      { ...place, table, fromNs: nanoseconds(fromMs) },
      signal,
    )
    if (facts === undefined) continue
    const points = {
      ...place,
      table,
      environment: wanted.environment,
      version: wanted.version ?? '',
      by,
      attribute: by.startsWith('attr.') ? by.slice('attr.'.length) : '',
      fromMs,
      stepMs,
      freshMs: stepMs + FRESH_MS,
      fromNs: nanoseconds(fromMs - LOOKBACK_MS),
    }
    const { functions, used, cells, partial } = await make(
      client,
      kind,
      points,
      wanted.function,
      signal,
    )
    return {
      name,
      kind,
      ...facts,
      function: used,
      functions,
      measures: used === 'rate' ? 'per_second' : 'value',
      by,
      stepMs,
      ...columnsOf(cells, { fromMs, toMs, stepMs }),
      partial,
    }
  }
  return undefined
}

async function make(
  client: ClickHouseClient,
  kind: MetricKind,
  points: Points,
  asked: MetricFunction | undefined,
  signal: AbortSignal,
): Promise<Made> {
  const choose = (functions: MetricFunction[]) => ({
    functions,
    used: asked !== undefined && functions.includes(asked) ? asked : functions[0]!, // never empty
    partial: false,
  })
  const perSecond = (value: number) => value / (points.stepMs / 1000)
  switch (kind) {
    case 'gauge': {
      const chosen = choose(['avg', 'min', 'max'])
      const column = ({ min: 'least', max: 'greatest' } as const)[chosen.used as 'min' | 'max']
      const rows = await readGauge(client, points, signal)
      return { ...chosen, cells: rows.map((row) => ({ ...row, value: row[column ?? 'mean'] })) }
    }
    case 'sum': {
      const [sum] = await readMonotonic(client, points, signal)
      const isLevel = sum !== undefined && !sum.monotonic && !sum.delta
      const chosen = choose(isLevel ? ['sum'] : ['rate', 'sum'])
      const rows = await (isLevel ? readLevel : readChanges)(client, points, signal)
      return {
        ...chosen,
        cells: rows.map(({ total, ...at }) => ({
          ...at,
          value: total !== null && chosen.used === 'rate' ? perSecond(total) : total,
        })),
      }
    }
    case 'histogram': {
      const chosen = choose(HISTOGRAM_FUNCTIONS)
      const rows = await readHistogram(client, points, signal)
      const byCell = Map.groupBy(rows, ({ key, step }) => JSON.stringify([key, step]))
      return {
        ...chosen,
        cells: [...byCell.values()].map((own) => {
          const { key, step } = own[0]! // a group is never empty
          const n = own.reduce((sum, row) => sum + row.gained, 0)
          const total = own.reduce((sum, row) => sum + (row.gained_total ?? 0), 0)
          const buckets: Buckets[] = own.map(({ bounds, gained_buckets: counts }) => ({
            bounds,
            counts,
          }))
          const quantile = (share: number) => histogramQuantile(buckets, share)
          return { key, step, value: ofHistogram(chosen.used, { n, total, quantile, perSecond }) }
        }),
      }
    }
    case 'exponential_histogram': {
      const chosen = choose(HISTOGRAM_FUNCTIONS)
      const rows = await readExponential(client, { ...points, pointsMax: POINTS_MAX }, signal)
      const sums = gainedBySteps(rows, points.freshMs)
      return {
        ...chosen,
        partial: rows.length === POINTS_MAX,
        cells: sums.map(({ key, step, sum }) => {
          const quantile = (share: number) => exponentialQuantile(sum, share)
          const { n, total } = sum
          return { key, step, value: ofHistogram(chosen.used, { n, total, quantile, perSecond }) }
        }),
      }
    }
    case 'summary': {
      const chosen = choose(['p95', 'p50', 'p99'])
      const quantile = QUANTILES[chosen.used as keyof typeof QUANTILES] // one of the three above
      const rows = await readSummary(client, { ...points, quantile }, signal)
      return { ...chosen, cells: rows.map(({ mean, ...at }) => ({ ...at, value: mean })) }
    }
  }
}

type HistogramStep = {
  n: number
  total: number
  quantile: (share: number) => number | null
  perSecond: (value: number) => number
}

function ofHistogram(used: MetricFunction, { n, total, quantile, perSecond }: HistogramStep) {
  if (used === 'rate') return perSecond(n)
  if (n === 0) return null
  return used === 'avg' ? total / n : quantile(QUANTILES[used as keyof typeof QUANTILES])
}

/** The groups with most steps, each as a column over all steps. */
function columnsOf(cells: readonly Cell[], { fromMs, toMs, stepMs }: Range & { stepMs: number }) {
  const steps = Math.ceil((toMs - fromMs) / stepMs)
  const groups = [...Map.groupBy(cells, ({ key }) => key)].toSorted(
    ([one, a], [other, b]) => b.length - a.length || (one < other ? -1 : 1),
  )
  return {
    t: Array.from({ length: steps }, (_, step) => fromMs + step * stepMs),
    groups: groups.length,
    series: groups.slice(0, GROUPS_MAX).map(([key, own]) => {
      const v = Array.from<number | null>({ length: steps }).fill(null)
      for (const { step, value } of own) if (step < steps) v[step] = value
      return { key, v }
    }),
  }
}
