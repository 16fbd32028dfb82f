import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, protobufOf, type Project, type Row } from '../../../test/project.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const NOON_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000
const nanos = (offset: number) => String(BigInt(NOON_MS) * 1_000_000n + BigInt(offset))
const NOON = new Date(NOON_MS).toISOString().slice(0, 19).replace('T', ' ')
const EPOCH = '1970-01-01 00:00:00.000000000'
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

const attributes = [
  { key: 'z', value: { boolValue: true } },
  { key: 'a', value: { intValue: '7' } },
  { key: 'z', value: { stringValue: 'last' } },
]
const map = { a: '7', z: 'last' }
const point = { attributes, startTimeUnixNano: nanos(1), timeUnixNano: nanos(2), flags: 1 }
const exemplars = [
  { ...ids, timeUnixNano: nanos(3), asDouble: 0.5, filteredAttributes: attributes },
  { timeUnixNano: nanos(4), asInt: '-3', traceId: '00000000000000000000000000000000' },
  {},
]
const exemplarColumns = {
  'Exemplars.FilteredAttributes': [map, {}, {}],
  'Exemplars.TimeUnix': [`${NOON}.000000003`, `${NOON}.000000004`, EPOCH],
  'Exemplars.Value': [0.5, -3, 0],
  'Exemplars.SpanId': [ids.spanId, '', ''],
  'Exemplars.TraceId': [ids.traceId, '', ''],
}
const noExemplars = {
  'Exemplars.FilteredAttributes': [],
  'Exemplars.TimeUnix': [],
  'Exemplars.Value': [],
  'Exemplars.SpanId': [],
  'Exemplars.TraceId': [],
}

const requestOf = (metrics: object[]) => ({
  resourceMetrics: [
    {
      resource: {
        attributes: [...attributes, { key: 'service.name', value: { stringValue: 'shop' } }],
      },
      schemaUrl: 'https://r',
      scopeMetrics: [
        {
          scope: { name: 'lib', version: '1', attributes, droppedAttributesCount: 4 },
          schemaUrl: 'https://s',
          metrics,
        },
      ],
    },
  ],
})
const shared = {
  ResourceAttributes: { ...map, 'service.name': 'shop' },
  ResourceSchemaUrl: 'https://r',
  ScopeName: 'lib',
  ScopeVersion: '1',
  ScopeAttributes: map,
  ScopeDroppedAttrCount: 4,
  ScopeSchemaUrl: 'https://s',
  ServiceName: 'shop',
  MetricName: 'm',
  MetricDescription: 'what',
  MetricUnit: 'ms',
  Attributes: map,
  StartTimeUnix: `${NOON}.000000001`,
  TimeUnix: `${NOON}.000000002`,
  Flags: 1,
}

const histogramPoint = {
  ...point,
  count: '18446744073709551615',
  sum: -1.5,
  min: -2,
  max: 1e300,
  exemplars,
}

const kinds: { table: string; metric: object; columns: Row }[] = [
  {
    table: 'gauge',
    metric: { gauge: { dataPoints: [{ ...point, asDouble: 0.1, exemplars }] } },
    columns: { Value: 0.1, ...exemplarColumns },
  },
  {
    table: 'sum',
    metric: {
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [{ ...point, asInt: '-9007199254740992', exemplars }],
      },
    },
    columns: {
      Value: -9007199254740992,
      ...exemplarColumns,
      AggregationTemporality: 2,
      IsMonotonic: true,
    },
  },
  {
    table: 'histogram',
    metric: {
      histogram: {
        aggregationTemporality: 1,
        dataPoints: [
          {
            ...histogramPoint,
            bucketCounts: ['1', '0', '18446744073709551615'],
            explicitBounds: [-0.5, 10],
          },
        ],
      },
    },
    columns: {
      Count: '18446744073709551615',
      Sum: -1.5,
      BucketCounts: ['1', '0', '18446744073709551615'],
      ExplicitBounds: [-0.5, 10],
      ...exemplarColumns,
      Min: -2,
      Max: 1e300,
      AggregationTemporality: 1,
    },
  },
  {
    table: 'exponential_histogram',
    metric: {
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: [
          {
            ...histogramPoint,
            scale: -3,
            zeroCount: '5',
            positive: { offset: -7, bucketCounts: ['1', '300'] },
            negative: { offset: 2147483647, bucketCounts: ['0', '9007199254740993'] },
          },
        ],
      },
    },
    columns: {
      Count: '18446744073709551615',
      Sum: -1.5,
      Scale: -3,
      ZeroCount: '5',
      PositiveOffset: -7,
      PositiveBucketCounts: ['1', '300'],
      NegativeOffset: 2147483647,
      NegativeBucketCounts: ['0', '9007199254740993'],
      ...exemplarColumns,
      Min: -2,
      Max: 1e300,
      AggregationTemporality: 1,
    },
  },
  {
    table: 'summary',
    metric: {
      summary: {
        dataPoints: [
          {
            ...point,
            count: '3',
            sum: 6,
            quantileValues: [
              { quantile: 0.5, value: 2 },
              { quantile: 1, value: 3 },
            ],
          },
        ],
      },
    },
    columns: {
      Count: '3',
      Sum: 6,
      'ValueAtQuantiles.Quantile': [0.5, 1],
      'ValueAtQuantiles.Value': [2, 3],
    },
  },
]

const named = { name: 'm', description: 'what', unit: 'ms' }

test.each(kinds)('stores every column of a $table point, in its table alone', async (kind) => {
  const batch = BigInt(100 + kinds.indexOf(kind))
  await project.store(
    'metrics',
    [protobufOf('metrics', requestOf([{ ...named, ...kind.metric }]))],
    batch,
  )
  for (const { table } of kinds) {
    const rows = await project.read(`SELECT * FROM otel_metrics_${table} WHERE _batch = ${batch}`)
    const row = { ...shared, ...kind.columns, _batch: String(batch) }
    expect(rows, table).toEqual(table === kind.table ? [row] : [])
  }
})

test('takes the points of each kind out of one request', async () => {
  const metrics = kinds.flatMap(({ metric }) => [
    { ...named, ...metric },
    { ...named, ...metric },
  ])
  const bytes = protobufOf('metrics', requestOf(metrics))
  await project.store('metrics', [bytes, bytes], 200n)
  for (const { table, columns } of kinds) {
    const rows = await project.read(`SELECT * FROM otel_metrics_${table} WHERE _batch = 200`)
    expect(rows, table).toEqual(
      Array.from({ length: 4 }, () => ({ ...shared, ...columns, _batch: '200' })),
    )
  }
})

test('stores zeros for what a point does not say', async () => {
  const bare = { timeUnixNano: nanos(2) }
  const metrics = [
    { gauge: { dataPoints: [{ ...bare, flags: 1 }] } },
    { sum: { dataPoints: [{ ...bare, asInt: '0' }] } },
    { histogram: { dataPoints: [bare] } },
    { exponentialHistogram: { dataPoints: [bare] } },
    { summary: { dataPoints: [bare] } },
    { name: 'no points', gauge: {} },
    { name: 'no kind' },
  ]
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }
  await project.store('metrics', [protobufOf('metrics', request)], 300n)
  const read = (table: string) =>
    project.read(`SELECT * FROM otel_metrics_${table} WHERE _batch = 300`)
  const zero = { ServiceName: '', MetricName: '', Attributes: {}, StartTimeUnix: EPOCH }
  const moments = { Count: '0', Sum: 0 }
  const extremes = { Min: 0, Max: 0, AggregationTemporality: 0, ...noExemplars }
  expect(await read('gauge')).toMatchObject([{ ...zero, ...noExemplars, Value: 0, Flags: 1 }])
  expect(await read('sum')).toMatchObject([
    { ...zero, ...noExemplars, Value: 0, AggregationTemporality: 0, IsMonotonic: false },
  ])
  expect(await read('histogram')).toMatchObject([
    { ...zero, ...moments, ...extremes, BucketCounts: [], ExplicitBounds: [] },
  ])
  expect(await read('exponential_histogram')).toMatchObject([
    {
      ...zero,
      ...moments,
      ...extremes,
      Scale: 0,
      ZeroCount: '0',
      PositiveOffset: 0,
      NegativeBucketCounts: [],
    },
  ])
  expect(await read('summary')).toMatchObject([
    { ...zero, ...moments, 'ValueAtQuantiles.Value': [] },
  ])
})

test.each([
  ['NaN', 'nan'],
  ['Infinity', 'inf'],
  ['-Infinity', '-inf'],
])('keeps the value %s', async (asDouble, inJson) => {
  const metrics = [
    { name: asDouble, gauge: { dataPoints: [{ timeUnixNano: nanos(1), asDouble }] } },
  ]
  await project.store('metrics', [protobufOf('metrics', requestOf(metrics))])
  const rows = await project.read(
    `SELECT Value FROM otel_metrics_gauge WHERE MetricName = '${asDouble}'`,
  )
  expect(rows).toEqual([{ Value: inJson }])
})

test('hashes equal attributes equally, in whatever order they came', async () => {
  const dataPoints = [attributes.slice(0, 2), attributes.slice(0, 2).toReversed()].map((list) => ({
    timeUnixNano: nanos(1),
    asInt: '1',
    attributes: list,
  }))
  await project.store('metrics', [
    protobufOf('metrics', requestOf([{ name: 'same', gauge: { dataPoints } }])),
  ])
  const rows =
    await project.read(`SELECT uniqExact(cityHash64(Attributes)) AS series, count() AS points
    FROM otel_metrics_gauge WHERE MetricName = 'same'`)
  expect(rows).toEqual([{ series: '1', points: '2' }])
})
