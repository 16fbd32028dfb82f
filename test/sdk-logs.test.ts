import {
  ROOT_CONTEXT,
  SeverityNumber,
  trace,
  TraceFlags,
  type HrTime,
  type LogRecord,
} from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { logExporter, serviceOf, WAYS, type Way } from './harness/sdk-exporters.ts'
import {
  GIVEN_ATTRIBUTES,
  GIVEN_RESOURCE,
  sorted,
  stamp,
  storedAttributes,
  STORED_RESOURCE,
} from './harness/sdk-values.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
const expected = new Map<string, Row[]>()
beforeAll(async () => {
  collector = await startCollector()
  // All at once: each waits for its batch to be sealed.
  await Promise.all(WAYS.map(async (way) => expected.set(serviceOf(way), await send(way))))
})
afterAll(() => collector[Symbol.asyncDispose]())

const SECOND = Math.floor(Date.now() / 1000) - 60
const OBSERVED: HrTime = [SECOND + 1, 999_999_999]
const SPAN = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
}

type Row = Record<string, unknown>

const BODIES: [given: LogRecord['body'], stored: string][] = [
  ['plain “text” 🎉\n', 'plain “text” 🎉\n'],
  ['', ''],
  [17, '17'],
  [0.25, '0.25'],
  [false, 'false'],
  [Uint8Array.of(1, 2, 3), 'AQID'],
  [{ b: [1, 'two', null], a: { x: true } }, '{"a":{"x":true},"b":[1,"two",null]}'],
  [undefined, ''],
]

/** Makes log records with the SDK, and says which rows they are to become. */
async function send(way: Way): Promise<Row[]> {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes(
      { ...GIVEN_RESOURCE, 'service.name': serviceOf(way) },
      { schemaUrl: 'https://opentelemetry.io/schemas/1.44.0' },
    ),
    processors: [new SimpleLogRecordProcessor({ exporter: logExporter(way, collector.run) })],
  })
  const logger = provider.getLogger('shop/logger', '7.0', { schemaUrl: 'https://schema/2' })
  const bare = {
    TraceId: '',
    SpanId: '',
    TraceFlags: 0,
    SeverityText: '',
    SeverityNumber: 0,
    ServiceName: serviceOf(way),
    ResourceSchemaUrl: 'https://opentelemetry.io/schemas/1.44.0',
    ResourceAttributes: sorted({ ...STORED_RESOURCE, 'service.name': serviceOf(way) }),
    ScopeSchemaUrl: 'https://schema/2',
    ScopeName: 'shop/logger',
    ScopeVersion: '7.0',
    ScopeAttributes: {},
    LogAttributes: {},
    EventName: '',
  }
  const rows: Row[] = []
  const at = (): HrTime => [SECOND, rows.length + 1]

  const timestamp = at()
  logger.emit({
    timestamp,
    observedTimestamp: OBSERVED,
    severityNumber: SeverityNumber.WARN3,
    severityText: 'warning',
    eventName: 'order.paid',
    body: 'paid',
    attributes: GIVEN_ATTRIBUTES,
    context: trace.setSpanContext(ROOT_CONTEXT, SPAN),
  })
  rows.push({
    ...bare,
    Timestamp: stamp(timestamp),
    TraceId: SPAN.traceId,
    SpanId: SPAN.spanId,
    TraceFlags: 1,
    SeverityText: 'warning',
    SeverityNumber: 15,
    Body: 'paid',
    LogAttributes: storedAttributes(way),
    EventName: 'order.paid',
  })
  for (const [body, Body] of BODIES) {
    const time = at()
    logger.emit({
      timestamp: time,
      ...(body !== undefined && { body }),
      context: ROOT_CONTEXT,
    })
    rows.push({ ...bare, Timestamp: stamp(time), Body })
  }
  for (const severityNumber of [SeverityNumber.TRACE, SeverityNumber.FATAL4]) {
    const time = at()
    logger.emit({ timestamp: time, severityNumber, body: 'severity', context: ROOT_CONTEXT })
    rows.push({ ...bare, Timestamp: stamp(time), Body: 'severity', SeverityNumber: severityNumber })
  }
  await provider.forceFlush()
  await provider.shutdown()
  return rows
}

test.each(WAYS)(
  'logs over $protocol, compression $compression, are stored as the SDK was given them',
  async (way) => {
    const given = expected.get(serviceOf(way)) ?? []
    const rows = await until('all records can be read', async () => {
      const found = await collector.records(
        `SELECT * EXCEPT _batch FROM otel_logs WHERE ServiceName = '${serviceOf(way)}' ORDER BY Timestamp`,
      )
      return found.length === given.length ? found : undefined
    })
    expect(rows).toEqual(given)
  },
)
