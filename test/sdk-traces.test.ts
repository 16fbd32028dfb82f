import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type HrTime,
  type Span,
} from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { serviceOf, traceExporter, WAYS, type Way } from './harness/sdk-exporters.ts'
import {
  GIVEN_ATTRIBUTES,
  GIVEN_RESOURCE,
  sorted,
  stamp,
  storedAttributes,
  storedEventAttributes,
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
const START: HrTime = [SECOND, 123_456_789]
const EVENT: HrTime = [SECOND, 200_000_001]
const END: HrTime = [SECOND + 1, 1]
const PARENT = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  traceState: createTraceState('vendor=1,ot=th:8'),
}
const LINKED = { ...PARENT, spanId: '00f067aa0ba902b7', traceState: createTraceState('x=y') }
const UNLINKED = { traceId: 'f'.repeat(32), spanId: '1'.repeat(16), traceFlags: 0 }

const KINDS = [
  [SpanKind.INTERNAL, 'Internal'],
  [SpanKind.SERVER, 'Server'],
  [SpanKind.CLIENT, 'Client'],
  [SpanKind.PRODUCER, 'Producer'],
  [SpanKind.CONSUMER, 'Consumer'],
] as const

type Row = Record<string, unknown>

/** Makes spans with the SDK, and says which rows they are to become. */
async function send(way: Way): Promise<Row[]> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ ...GIVEN_RESOURCE, 'service.name': serviceOf(way) }),
    spanProcessors: [new SimpleSpanProcessor({ exporter: traceExporter(way, collector.run) })],
  })
  const bare = {
    Timestamp: stamp(START),
    ParentSpanId: '',
    TraceState: '',
    ServiceName: serviceOf(way),
    ResourceAttributes: sorted({ ...STORED_RESOURCE, 'service.name': serviceOf(way) }),
    ScopeName: 'shop/tracer',
    ScopeVersion: '1.2.3-ü',
    SpanAttributes: {},
    Duration: '876543212',
    StatusCode: 'Unset',
    StatusMessage: '',
    'Events.Timestamp': [],
    'Events.Name': [],
    'Events.Attributes': [],
    'Links.TraceId': [],
    'Links.SpanId': [],
    'Links.TraceState': [],
    'Links.Attributes': [],
  }
  const ids = (span: Span) => ({
    TraceId: span.spanContext().traceId,
    SpanId: span.spanContext().spanId,
  })
  const tracer = provider.getTracer('shop/tracer', '1.2.3-ü', { schemaUrl: 'https://schema/1' })

  const full = tracer.startSpan(
    'GET /käse/{id}',
    {
      kind: SpanKind.SERVER,
      startTime: START,
      attributes: GIVEN_ATTRIBUTES,
      links: [{ context: LINKED, attributes: GIVEN_ATTRIBUTES }, { context: UNLINKED }],
    },
    trace.setSpanContext(ROOT_CONTEXT, PARENT),
  )
  full.addEvent('cache miss', GIVEN_ATTRIBUTES, EVENT)
  full.addEvent('', EVENT)
  full.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock — ausverkauft' })
  full.end(END)
  const rows: Row[] = [
    {
      ...bare,
      ...ids(full),
      ParentSpanId: PARENT.spanId,
      TraceState: 'vendor=1,ot=th:8',
      SpanName: 'GET /käse/{id}',
      SpanKind: 'Server',
      SpanAttributes: storedAttributes(way),
      StatusCode: 'Error',
      StatusMessage: 'no stock — ausverkauft',
      'Events.Timestamp': [stamp(EVENT), stamp(EVENT)],
      'Events.Name': ['cache miss', ''],
      'Events.Attributes': [storedEventAttributes(way), {}],
      'Links.TraceId': [LINKED.traceId, UNLINKED.traceId],
      'Links.SpanId': [LINKED.spanId, UNLINKED.spanId],
      'Links.TraceState': ['x=y', ''],
      'Links.Attributes': [storedAttributes(way), {}],
    },
  ]
  for (const [kind, name] of KINDS) {
    const span = tracer.startSpan(`kind ${kind}`, { kind, startTime: START }, ROOT_CONTEXT)
    if (kind === SpanKind.CLIENT) span.setStatus({ code: SpanStatusCode.OK })
    span.end(END)
    const StatusCode = kind === SpanKind.CLIENT ? 'Ok' : 'Unset'
    rows.push({ ...bare, ...ids(span), SpanName: `kind ${kind}`, SpanKind: name, StatusCode })
  }
  const nameless = provider.getTracer('', '').startSpan('', { startTime: START }, ROOT_CONTEXT)
  nameless.end(START)
  rows.push({
    ...bare,
    ...ids(nameless),
    SpanName: '',
    SpanKind: 'Internal',
    ScopeName: '',
    ScopeVersion: '',
    Duration: '0',
  })
  await provider.forceFlush()
  await provider.shutdown()
  return rows
}

const byName = (a: Row, b: Row) =>
  Buffer.compare(Buffer.from(String(a['SpanName'])), Buffer.from(String(b['SpanName'])))

test.each(WAYS)(
  'spans over $protocol, compression $compression, are stored as the SDK was given them',
  async (way) => {
    const given = (expected.get(serviceOf(way)) ?? []).toSorted(byName)
    const rows = await until('all spans can be read', async () => {
      const found = await collector.records(
        `SELECT * EXCEPT _batch FROM otel_traces WHERE ServiceName = '${serviceOf(way)}'`,
      )
      return found.length === given.length ? found : undefined
    })
    expect(rows.toSorted(byName)).toEqual(given)
  },
)
