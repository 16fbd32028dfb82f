import type { SignalKind } from '../src/check.ts'

/** Requests that say something in every field, as OTLP/JSON: what mutants are made of. */
export function seedRequests(nowMs: number): Record<SignalKind, object[]> {
  const time = (offsetMs = 0) => String(BigInt(nowMs + offsetMs) * 1_000_000n + 123n)
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const attributes = [
    { key: 'text', value: { stringValue: 'grüße 🎉' } },
    { key: 'int', value: { intValue: '-9007199254740993' } },
    { key: 'double', value: { doubleValue: 0.1 } },
    { key: 'bool', value: { boolValue: true } },
    { key: 'bytes', value: { bytesValue: 'AP8=' } },
    {
      key: 'array',
      value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: 2 }, {}] } },
    },
    {
      key: 'map',
      value: {
        kvlistValue: {
          values: [
            { key: 'n', value: { intValue: 1 } },
            { key: 'deep', value: { arrayValue: { values: [{ kvlistValue: { values: [] } }] } } },
          ],
        },
      },
    },
    { key: 'absent' },
  ]
  const resource = {
    attributes: [
      { key: 'service.name', value: { stringValue: 'shop' } },
      { key: 'service.version', value: { stringValue: '2.4.0' } },
      attributes[5],
    ],
    droppedAttributesCount: 1,
  }
  const few = attributes.slice(0, 2)
  const scope = { name: 'lib', version: '1.2', attributes: few, droppedAttributesCount: 2 }
  const schemaUrl = 'https://opentelemetry.io/schemas/1.44.0'

  const span = {
    ...ids,
    traceState: 'vendor=1,ot=th:8',
    parentSpanId: '00f067aa0ba902b7',
    flags: 257,
    name: 'GET /käse/{id}',
    kind: 2,
    startTimeUnixNano: time(-1000),
    endTimeUnixNano: time(),
    attributes,
    droppedAttributesCount: 1,
    events: [
      { timeUnixNano: time(), name: 'exception', attributes: few, droppedAttributesCount: 1 },
    ],
    droppedEventsCount: 2,
    links: [{ ...ids, traceState: 'x=y', attributes: few, flags: 1 }],
    droppedLinksCount: 3,
    status: { message: 'broken', code: 2 },
  }
  const small = { ...ids, name: 'a', startTimeUnixNano: time() }
  const traces = (spans: object[]) => ({
    resourceSpans: [{ resource, scopeSpans: [{ scope, spans, schemaUrl }], schemaUrl }],
  })

  const record = {
    ...ids,
    timeUnixNano: time(-5),
    observedTimeUnixNano: time(),
    severityNumber: 17,
    severityText: 'ERROR',
    body: { stringValue: 'it broke' },
    attributes,
    droppedAttributesCount: 1,
    flags: 1,
    eventName: 'an.event',
  }
  const logs = (logRecords: object[]) => ({
    resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords, schemaUrl }], schemaUrl }],
  })

  const point = {
    attributes: few,
    startTimeUnixNano: time(-60_000),
    timeUnixNano: time(),
    flags: 0,
  }
  const exemplars = [
    { ...ids, filteredAttributes: few, timeUnixNano: time(), asInt: '3' },
    { timeUnixNano: time(), asDouble: 0.5 },
  ]
  const buckets = { offset: -3, bucketCounts: ['1', '0', '300'] }
  const kinds = [
    { gauge: { dataPoints: [{ ...point, asDouble: 0.5, exemplars }] } },
    {
      sum: {
        dataPoints: [{ ...point, asInt: '-7', exemplars }],
        aggregationTemporality: 2,
        isMonotonic: true,
      },
    },
    {
      histogram: {
        dataPoints: [
          {
            ...point,
            count: '6',
            sum: 9.5,
            min: 1,
            max: 5,
            bucketCounts: ['1', '2', '3'],
            explicitBounds: [1.5, 2.5],
            exemplars,
          },
        ],
        aggregationTemporality: 1,
      },
    },
    {
      exponentialHistogram: {
        dataPoints: [
          {
            ...point,
            count: '301',
            sum: 9,
            scale: 3,
            zeroCount: '0',
            zeroThreshold: 0.001,
            positive: buckets,
            negative: buckets,
            min: -1,
            max: 4,
            exemplars,
          },
        ],
        aggregationTemporality: 2,
      },
    },
    {
      summary: {
        dataPoints: [
          { ...point, count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 1.5 }] },
        ],
      },
    },
  ]
  const metrics = (data: object[]) => ({
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          {
            scope,
            metrics: data.map((one) => ({
              name: 'a.metric',
              description: 'What it is',
              unit: 'By',
              metadata: few,
              ...one,
            })),
            schemaUrl,
          },
        ],
        schemaUrl,
      },
    ],
  })
  return {
    traces: [traces([span]), traces([small, small]), traces([small, span])],
    logs: [logs([record]), logs([{ body: { intValue: 1 } }]), logs([record, {}])],
    metrics: [metrics(kinds), ...kinds.map((one) => metrics([one]))],
  }
}
