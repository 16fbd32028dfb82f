import { afterAll, beforeAll, expect, test } from 'vitest'
import { drive } from './drive.ts'
import { type SunkSpan, startOtlpSink } from './otlp-sink.ts'
import { startShop } from './start-shop.ts'
import { type Journey, STORY_MINUTES, journeysOfMinute } from './story.ts'

const KEY = '0123456789abcdef0123456789abcdef'
const MINUTE_MS = 60_000
const SERVER = 2
/** Minutes in which checkout 2.4.0 and the release before it serve side by side. */
const MINUTES = [160, 161, 162]

const beginMs = Date.now() - STORY_MINUTES * MINUTE_MS
const journeys: Journey[] = MINUTES.flatMap((minute) => journeysOfMinute(minute, beginMs))
let sink: Awaited<ReturnType<typeof startOtlpSink>>
let spans: SunkSpan[]

beforeAll(async () => {
  sink = await startOtlpSink(KEY)
  const stop = new AbortController()
  await using shop = await startShop({ ingestUrl: sink.url, ingestKey: KEY, protocol: 'http/json' })
  await drive(
    {
      addresses: shop.addresses,
      beginMs,
      fromMs: beginMs + MINUTES[0]! * MINUTE_MS,
      now: Date.now,
      onMinute: async (minute) => {
        if (!MINUTES.includes(minute)) stop.abort()
      },
      onPresent: () => expect.fail('three minutes of the past are not the present'),
    },
    stop.signal,
  )
  spans = sink.spans
})
afterAll(() => sink[Symbol.asyncDispose]())

test('every journey arrives, once, at the service that it asked', () => {
  const entries = spans.filter(({ kind, parentSpanId }) => kind === SERVER && !parentSpanId)
  const count = (names: string[]) => Map.groupBy(names.toSorted(), (name) => name)
  expect(count(entries.map(({ resource }) => resource['service.name'] ?? ''))).toEqual(
    count(journeys.map(({ service }) => service)),
  )
})

test('spans carry release and environment, and the canary serves beside its baseline', () => {
  const checkout = spans.filter(({ resource }) => resource['service.name'] === 'checkout')
  const versions = new Set(checkout.map(({ resource }) => resource['service.version']))
  expect(versions).toEqual(new Set(['2.3.0', '2.4.0']))
  expect(
    spans.every(({ resource }) => resource['deployment.environment.name'] === 'production'),
  ).toBe(true)
})

test('entries begin when their journeys do', () => {
  const begun = spans
    .filter(({ kind, parentSpanId }) => kind === SERVER && !parentSpanId)
    .map(({ startTimeUnixNano }) => Number(startTimeUnixNano) / 1e6)
    .toSorted((a, b) => a - b)
  journeys.forEach(({ atMs }, i) => expect(Math.abs(begun[i]! - atMs)).toBeLessThan(1))
})

test('a span lies within the span that called it', () => {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const nested = spans.filter(({ parentSpanId }) => parentSpanId)
  expect(nested.length).toBeGreaterThan(0)
  for (const span of nested) {
    const parent = byId.get(span.parentSpanId!)!
    expect(span.startTimeUnixNano).toBeGreaterThanOrEqual(parent.startTimeUnixNano)
    expect(span.endTimeUnixNano).toBeGreaterThan(span.startTimeUnixNano)
    expect(span.endTimeUnixNano).toBeLessThanOrEqual(parent.endTimeUnixNano)
  }
})

test('an order is one trace through all three services, named by its routes', () => {
  const order = spans.find(({ name, status }) => name === 'POST /order' && status.code !== 2)
  const trace = spans.filter(({ traceId, kind }) => traceId === order?.traceId && kind === SERVER)
  expect(
    new Set(trace.map(({ resource, name }) => `${resource['service.name']}: ${name}`)),
  ).toEqual(
    new Set(['storefront: POST /order', 'checkout: POST /checkout', 'payments: POST /charges']),
  )
})

test('logs are sent beside the traces, all with the project’s key', () => {
  expect([...sink.paths]).toEqual(expect.arrayContaining(['/v1/traces', '/v1/logs']))
  expect(sink.refused).toEqual([])
})
