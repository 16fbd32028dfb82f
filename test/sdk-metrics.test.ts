import { ValueType, type Attributes } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  AggregationType,
  DataPointType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { metricExporter, serviceOf, WAYS, type Way } from './harness/sdk-exporters.ts'
import { GIVEN_RESOURCE, sorted, stamp, STORED_RESOURCE } from './harness/sdk-values.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
const expected = new Map<string, Tables>()
beforeAll(async () => {
  collector = await startCollector()
  // All at once: each waits for its batch to be sealed.
  await Promise.all(
    CASES.map(async ({ way, chosen, service }) =>
      expected.set(service, expectedRows(await send(way, chosen, service), service)),
    ),
  )
})
afterAll(() => collector[Symbol.asyncDispose]())

type Row = Record<string, unknown>
type Tables = Record<'gauge' | 'sum' | 'histogram' | 'exponential_histogram', Row[]>

const { DELTA, CUMULATIVE } = AggregationTemporality
const CASES = WAYS.flatMap((way) => [
  { way, chosen: DELTA, service: `${serviceOf(way)} delta` },
  { way, chosen: CUMULATIVE, service: `${serviceOf(way)} cumulative` },
])

/** Records with every instrument, twice, and gives what the SDK handed to the exporter. */
async function send(way: Way, temporality: AggregationTemporality, service: string) {
  const handed: ResourceMetrics[] = []
  const exporter = metricExporter(way, collector.run, temporality)
  const forward = exporter.export.bind(exporter)
  exporter.export = (metrics, done) => {
    handed.push(metrics)
    forward(metrics, done)
  }
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({
    resource: resourceFromAttributes(
      { ...GIVEN_RESOURCE, 'service.name': service },
      { schemaUrl: 'https://opentelemetry.io/schemas/1.44.0' },
    ),
    readers: [reader],
    views: [
      {
        instrumentName: 'exponential*',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  })
  const meter = provider.getMeter('shop/meter', '3.2.1', { schemaUrl: 'https://schema/3' })
  const attributes: Attributes = { route: '/käse', n: 7, list: ['a', 'b'] }
  const counter = meter.createCounter('orders', { unit: '{order}', description: 'Orders, bezahlt' })
  const doubles = meter.createCounter('revenue', { unit: 'EUR', valueType: ValueType.DOUBLE })
  const queue = meter.createUpDownCounter('queue', { valueType: ValueType.INT })
  const temperature = meter.createGauge('temperature', { unit: 'Cel' })
  const level = meter.createGauge('level', { valueType: ValueType.INT })
  const latency = meter.createHistogram('latency', {
    unit: 'ms',
    advice: { explicitBucketBoundaries: [1, 5, 10.5] },
  })
  const sizes = meter.createHistogram('exponential sizes', { unit: 'By' })
  meter.createObservableGauge('observed').addCallback((result) => result.observe(-0.5, attributes))
  meter.createObservableCounter('total').addCallback((result) => result.observe(12))

  for (let round = 1; round <= 2; round++) {
    counter.add(3, attributes)
    counter.add(Number.MAX_SAFE_INTEGER - 100, { largest: true })
    doubles.add(0.1 * round)
    queue.add(-5, attributes)
    temperature.record(-12.25, attributes)
    level.record(-(round + 2 ** 40))
    for (const value of [0.5, 1, 7, 10.5, 99.75]) latency.record(value * round, attributes)
    for (const value of [0, 0.001, 1, 1000, 1e6]) sizes.record(value * round, attributes)
    await reader.forceFlush()
  }
  await provider.shutdown()
  return handed
}

function expectedRows(handed: readonly ResourceMetrics[], service: string): Tables {
  const tables: Tables = { gauge: [], sum: [], histogram: [], exponential_histogram: [] }
  for (const { scopeMetrics } of handed) {
    for (const { metrics, scope } of scopeMetrics) {
      for (const metric of metrics) {
        const head = {
          ResourceAttributes: sorted({ ...STORED_RESOURCE, 'service.name': service }),
          ResourceSchemaUrl: 'https://opentelemetry.io/schemas/1.44.0',
          ScopeName: scope.name,
          ScopeVersion: scope.version,
          ScopeAttributes: {},
          ScopeDroppedAttrCount: 0,
          ScopeSchemaUrl: scope.schemaUrl,
          ServiceName: service,
          MetricName: metric.descriptor.name,
          MetricDescription: metric.descriptor.description,
          MetricUnit: metric.descriptor.unit,
        }
        for (const [table, row] of rowsOf(metric)) tables[table].push({ ...head, ...row })
      }
    }
  }
  return tables
}

const TEXTS: Attributes = { route: '/käse', n: '7', list: '["a","b"]', largest: 'true' }
const NO_EXEMPLARS = {
  'Exemplars.FilteredAttributes': [],
  'Exemplars.TimeUnix': [],
  'Exemplars.Value': [],
  'Exemplars.SpanId': [],
  'Exemplars.TraceId': [],
}

/** The rows of a metric's points, column by column. */
function rowsOf(metric: MetricData): [table: keyof Tables, row: Row][] {
  const head = (point: MetricData['dataPoints'][number]) => ({
    Attributes: sorted(
      Object.fromEntries(Object.keys(point.attributes).map((key) => [key, String(TEXTS[key])])),
    ),
    StartTimeUnix: stamp(point.startTime),
    TimeUnix: stamp(point.endTime),
    Flags: 0,
    ...NO_EXEMPLARS,
  })
  // The protocol's numbers: 1 delta, 2 cumulative.
  const temporality = metric.aggregationTemporality === DELTA ? 1 : 2
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return metric.dataPoints.map((point) => ['gauge', { ...head(point), Value: point.value }])
    case DataPointType.SUM:
      return metric.dataPoints.map((point) => [
        'sum',
        {
          ...head(point),
          Value: point.value,
          AggregationTemporality: temporality,
          IsMonotonic: metric.isMonotonic,
        },
      ])
    case DataPointType.HISTOGRAM:
      return metric.dataPoints.map((point) => [
        'histogram',
        {
          ...head(point),
          Count: String(point.value.count),
          Sum: point.value.sum,
          BucketCounts: point.value.buckets.counts.map(String),
          ExplicitBounds: point.value.buckets.boundaries,
          Min: point.value.min,
          Max: point.value.max,
          AggregationTemporality: temporality,
        },
      ])
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return metric.dataPoints.map(({ value, ...point }) => [
        'exponential_histogram',
        {
          ...head({ value, ...point }),
          Count: String(value.count),
          Sum: value.sum,
          Scale: value.scale,
          ZeroCount: String(value.zeroCount),
          PositiveOffset: value.positive.offset,
          PositiveBucketCounts: value.positive.bucketCounts.map(String),
          NegativeOffset: value.negative.offset,
          NegativeBucketCounts: value.negative.bucketCounts.map(String),
          Min: value.min,
          Max: value.max,
          AggregationTemporality: temporality,
        },
      ])
  }
}

const inOrder = (rows: readonly Row[]) =>
  rows
    .map(
      (row) =>
        [JSON.stringify([row['MetricName'], row['TimeUnix'], row['Attributes']]), row] as const,
    )
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row)

test.each(CASES)('metrics over $service are stored as the SDK made them', async ({ service }) => {
  const tables = expected.get(service)
  if (tables === undefined) throw new Error('Nothing was sent')
  for (const table of Object.keys(tables) as (keyof Tables)[]) {
    const rows = await until(`all points of ${table} can be read`, async () => {
      const found = await collector.records(
        `SELECT * EXCEPT _batch FROM otel_metrics_${table} WHERE ServiceName = '${service}'`,
      )
      return found.length === tables[table].length ? found : undefined
    })
    expect(rows).not.toHaveLength(0)
    expect(inOrder(rows)).toEqual(inOrder(tables[table]))
  }
})
