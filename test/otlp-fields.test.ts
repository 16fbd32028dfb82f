import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encode } from '../packages/otlp/test/oracle.ts'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { grpcClient, METHODS } from './harness/grpc.ts'
import { sorted, stamp } from './harness/sdk-values.ts'
import { until } from './harness/until.ts'

// What no SDK makes: summaries, exemplars, numbers at the ends of their ranges, scope attributes.

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector[Symbol.asyncDispose]())

const SECOND = Math.floor(Date.now() / 1000) - 60
const time = (nanos: number) => `${SECOND}${String(nanos).padStart(9, '0')}`
const at = (nanos: number) => stamp([SECOND, nanos])
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'
const INT64 = { min: '-9223372036854775808', max: '9223372036854775807' }
const UINT64_MAX = '18446744073709551615'

type Row = Record<string, unknown>
type Kind = keyof typeof METHODS

/** Ids in hexadecimal become bytes, as protobuf has them; keys become those of its schema. */
function toProtobuf(value: unknown, key = ''): unknown {
  if (typeof value === 'string' && /^(?:trace|span|parentSpan)Id$/.test(key)) {
    return Buffer.from(value, 'hex')
  }
  if (typeof value === 'string' && key === 'bytesValue') return Buffer.from(value, 'base64')
  if (Array.isArray(value)) return value.map((one) => toProtobuf(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      toProtobuf(inner, name),
    ]),
  )
}

const WAYS = ['http/protobuf', 'http/json', 'grpc'] as const
type Way = (typeof WAYS)[number]

async function send(way: Way, kind: Kind, request: Row): Promise<void> {
  const bytes = encode(kind, toProtobuf(request) as Row)
  if (way === 'grpc') {
    using client = grpcClient(collector.run.grpc)
    const answer = await client.call({ method: METHODS[kind], body: bytes })
    expect(answer).toMatchObject({ code: status.OK, body: Buffer.alloc(0) })
    return
  }
  const isJson = way === 'http/json'
  const answer = await fetch(`${collector.run.ingest}/v1/${kind}`, {
    method: 'POST',
    headers: { 'content-type': isJson ? 'application/json' : 'application/x-protobuf' },
    body: isJson ? JSON.stringify(request) : bytes,
  })
  expect([answer.status, await answer.text()]).toEqual([200, isJson ? '{}' : ''])
}

async function rowsOf(table: string, way: Way, count: number): Promise<Row[]> {
  return until(`${table} can be read`, async () => {
    const rows = await collector.records(
      `SELECT * EXCEPT _batch FROM ${table} WHERE ServiceName = '${way}' ORDER BY ALL`,
    )
    return rows.length === count ? rows : undefined
  })
}

const VALUES = [
  { key: 'z', value: { intValue: INT64.max } },
  { key: 'least', value: { intValue: INT64.min } },
  { key: 'a', value: { stringValue: 'ü' } },
  { key: 'absent' },
  { key: 'bytes', value: { bytesValue: 'AP8=' } },
  { key: 'z', value: { stringValue: 'the last counts' } },
  {
    key: 'map',
    value: {
      kvlistValue: { values: [{ key: 'n', value: { intValue: INT64.min } }, { key: 'e' }] },
    },
  },
]
const STORED_VALUES = sorted({
  z: 'the last counts',
  least: INT64.min,
  a: 'ü',
  absent: '',
  bytes: 'AP8=',
  map: `{"e":null,"n":${INT64.min}}`,
})

const resourceOf = (way: Way) => ({
  attributes: [...VALUES, { key: 'service.name', value: { stringValue: way } }],
  droppedAttributesCount: 3,
})
const SCOPE = { name: 'lib', version: 'v1', attributes: VALUES, droppedAttributesCount: 7 }

const headOf = (way: Way) => ({
  ResourceAttributes: sorted({ ...STORED_VALUES, 'service.name': way }),
  ResourceSchemaUrl: 'https://schema/resource',
  ScopeName: 'lib',
  ScopeVersion: 'v1',
  ScopeAttributes: STORED_VALUES,
  ScopeDroppedAttrCount: 7,
  ScopeSchemaUrl: 'https://schema/scope',
  ServiceName: way,
  MetricName: 'a.metric',
  MetricDescription: 'What it is',
  MetricUnit: 'By',
  Attributes: STORED_VALUES,
  StartTimeUnix: at(1),
  TimeUnix: at(2),
  Flags: 0,
})

const POINT = { attributes: VALUES, startTimeUnixNano: time(1), timeUnixNano: time(2) }
const EXEMPLARS = [
  {
    filteredAttributes: VALUES,
    timeUnixNano: time(3),
    asInt: '-7',
    traceId: TRACE_ID,
    spanId: SPAN_ID,
  },
  { timeUnixNano: time(4), asDouble: 0.5 },
]
const STORED_EXEMPLARS = {
  'Exemplars.FilteredAttributes': [STORED_VALUES, {}],
  'Exemplars.TimeUnix': [at(3), at(4)],
  'Exemplars.Value': [-7, 0.5],
  'Exemplars.SpanId': [SPAN_ID, ''],
  'Exemplars.TraceId': [TRACE_ID, ''],
}

type Case = { table: string; data: Row; stored: Row }

const METRICS: Case[] = [
  {
    table: 'gauge',
    data: { gauge: { dataPoints: [{ ...POINT, asDouble: -1.5, exemplars: EXEMPLARS }] } },
    stored: { Value: -1.5, ...STORED_EXEMPLARS },
  },
  {
    table: 'sum',
    data: {
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [{ ...POINT, asInt: INT64.min, exemplars: EXEMPLARS }],
      },
    },
    stored: {
      Value: -(2 ** 63),
      ...STORED_EXEMPLARS,
      AggregationTemporality: 2,
      IsMonotonic: true,
    },
  },
  {
    table: 'histogram',
    data: {
      histogram: {
        aggregationTemporality: 1,
        dataPoints: [
          {
            ...POINT,
            count: UINT64_MAX,
            sum: 1e300,
            min: -3,
            max: 4.5,
            bucketCounts: ['0', UINT64_MAX, '5'],
            explicitBounds: [-1.5, 1e10],
            exemplars: EXEMPLARS,
          },
        ],
      },
    },
    stored: {
      Count: UINT64_MAX,
      Sum: 1e300,
      Min: -3,
      Max: 4.5,
      BucketCounts: ['0', UINT64_MAX, '5'],
      ExplicitBounds: [-1.5, 1e10],
      ...STORED_EXEMPLARS,
      AggregationTemporality: 1,
    },
  },
  {
    table: 'exponential_histogram',
    data: {
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...POINT,
            count: '9',
            sum: -1,
            scale: -10,
            zeroCount: '2',
            positive: { offset: -2147483648, bucketCounts: ['1', '0', '3'] },
            negative: { offset: 2147483647, bucketCounts: ['3'] },
            exemplars: EXEMPLARS,
          },
        ],
      },
    },
    stored: {
      Count: '9',
      Sum: -1,
      Scale: -10,
      ZeroCount: '2',
      PositiveOffset: -2147483648,
      PositiveBucketCounts: ['1', '0', '3'],
      NegativeOffset: 2147483647,
      NegativeBucketCounts: ['3'],
      Min: 0,
      Max: 0,
      ...STORED_EXEMPLARS,
      AggregationTemporality: 2,
    },
  },
  {
    table: 'summary',
    data: {
      summary: {
        dataPoints: [
          {
            ...POINT,
            count: '11',
            sum: 2.5,
            quantileValues: [
              { value: 1 },
              { quantile: 0.99, value: 7.25 },
              { quantile: 1, value: 8 },
            ],
          },
        ],
      },
    },
    stored: {
      Count: '11',
      Sum: 2.5,
      'ValueAtQuantiles.Quantile': [0, 0.99, 1],
      'ValueAtQuantiles.Value': [1, 7.25, 8],
    },
  },
]

test('every column of every metric table is filled, over each protocol', async () => {
  const requestOf = (way: Way) => ({
    resourceMetrics: [
      {
        resource: resourceOf(way),
        schemaUrl: 'https://schema/resource',
        scopeMetrics: [
          {
            scope: SCOPE,
            schemaUrl: 'https://schema/scope',
            metrics: METRICS.map(({ data }) => ({
              name: 'a.metric',
              description: 'What it is',
              unit: 'By',
              ...data,
            })),
          },
        ],
      },
    ],
  })
  await Promise.all(WAYS.map((way) => send(way, 'metrics', requestOf(way))))
  for (const way of WAYS) {
    for (const { table, stored } of METRICS) {
      expect(await rowsOf(`otel_metrics_${table}`, way, 1)).toEqual([{ ...headOf(way), ...stored }])
    }
  }
})

test('a point without a value is kept where its flags say so', async () => {
  const service = 'flags'
  const gauge = {
    dataPoints: [
      { ...POINT, flags: 1 },
      { ...POINT, flags: 257, asInt: '3' },
    ],
  }
  await send('http/json', 'metrics', {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeMetrics: [{ metrics: [{ name: 'gap', gauge }] }],
      },
    ],
  })
  const rows = await until('both points can be read', async () => {
    const found = await collector.sql(
      `SELECT Value, Flags FROM otel_metrics_gauge WHERE ServiceName = '${service}' ORDER BY Flags`,
    )
    return found.length === 2 ? found : undefined
  })
  expect(rows).toEqual([
    [0, 1],
    [3, 257],
  ])
})

test('every column of a log record is filled, over each protocol', async () => {
  const record = {
    timeUnixNano: time(5),
    observedTimeUnixNano: time(6),
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    flags: 0xffffff01,
    severityNumber: 24,
    severityText: 'FATAL4 ü',
    body: { intValue: INT64.min },
    attributes: VALUES,
    droppedAttributesCount: 4294967295,
    eventName: 'an.event',
  }
  const records = [
    record,
    { observedTimeUnixNano: time(7), traceId: '', spanId: '0000000000000000', severityNumber: 99 },
  ]
  const scopeLogs = [{ scope: SCOPE, schemaUrl: 'https://schema/scope', logRecords: records }]
  await Promise.all(
    WAYS.map((way) => {
      const resource = { resource: resourceOf(way), schemaUrl: 'https://schema/resource' }
      return send(way, 'logs', { resourceLogs: [{ ...resource, scopeLogs }] })
    }),
  )
  for (const way of WAYS) {
    const { ResourceAttributes, ResourceSchemaUrl, ScopeSchemaUrl } = headOf(way)
    const bare = {
      Timestamp: at(7),
      TraceId: '',
      SpanId: '',
      TraceFlags: 0,
      SeverityText: '',
      SeverityNumber: 99,
      ServiceName: way,
      Body: '',
      ResourceSchemaUrl,
      ResourceAttributes,
      ScopeSchemaUrl,
      ScopeName: 'lib',
      ScopeVersion: 'v1',
      ScopeAttributes: STORED_VALUES,
      LogAttributes: {},
      EventName: '',
    }
    const full = {
      ...bare,
      Timestamp: at(5),
      TraceId: TRACE_ID,
      SpanId: SPAN_ID,
      TraceFlags: 1,
      SeverityText: 'FATAL4 ü',
      SeverityNumber: 24,
      Body: INT64.min,
      LogAttributes: STORED_VALUES,
      EventName: 'an.event',
    }
    expect(await rowsOf('otel_logs', way, 2)).toEqual([full, bare])
  }
})
