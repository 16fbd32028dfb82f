import type { TraceRow } from '@aftermath/schemas/api/traces'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countingClient } from '../../test/counting-client.ts'
import { openProject, type Project } from '../../test/project.ts'
import { cases, outcomes, releases, spanRow } from '../relate/operation-cases.ts'
import type { SpanRow } from '../relate/relate.ts'
import { readTrace, readSpanDetails } from './trace.ts'
import { readTraceList, type TraceFilter, type TracePlace } from './trace-list.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const DAY_MS = Date.UTC(2026, 0, 5)
const HOUR_MS = 3_600_000
const signal = new AbortController().signal
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0')

let inserted = 0
/** Spans of a service, each in a trace of its own; what a span says itself comes first. */
async function insert(service: string, spans: readonly (Partial<SpanRow> & Facts)[]) {
  await project.insert(
    'otel_traces',
    spans.map(({ atMs, durationNs, ...span }) => ({
      TraceId: hex(++inserted, 32),
      SpanId: hex(inserted, 16),
      ServiceName: service,
      Timestamp: new Date(atMs).toISOString().replace('T', ' ').replace('Z', ''),
      Duration: durationNs,
      ...spanRow({ SpanKind: 'Server', ...span }),
      'Events.Timestamp': (span['Events.Name'] ?? []).map(() => '2026-01-05 00:00:00'),
    })),
  )
}
type Facts = { atMs: number; durationNs: number; TraceId?: string; SpanId?: string }

const filterOf = (service: string, more: Partial<TraceFilter> = {}): TraceFilter => ({
  service,
  environment: 'production',
  fromMs: DAY_MS,
  toMs: DAY_MS + 24 * HOUR_MS,
  ...more,
})

async function readAll(
  filter: TraceFilter,
  sort: 'newest' | 'slowest' | 'failed',
  limit: number,
): Promise<TraceRow[]> {
  const all: TraceRow[] = []
  for (let after: TracePlace | undefined; ;) {
    const { rows, next } = await readTraceList(
      project.client,
      filter,
      { sort, limit, after },
      signal,
    )
    expect(rows.length).toBeLessThanOrEqual(limit)
    all.push(...rows)
    if (next === undefined) return all
    after = next
  }
}

test('an operation leads to exactly the spans that the roll-up counted for it', async () => {
  const spans = [...cases, ...outcomes, ...releases].map(({ span }, at) => ({
    ...span,
    SpanKind: span.SpanKind ?? 'Server',
    atMs: DAY_MS + (at % 50) * 20 * 60_000,
    durationNs: at * 1000,
  }))
  await insert('counted', spans)
  const operations = await project.read(`SELECT environment, operation,
      toUInt32(sum(count)) AS spans, toUInt32(sum(errors)) AS failed
    FROM operation_minutes WHERE service = 'counted' AND kind IN ('server', 'consumer', 'root')
      AND operation != '' GROUP BY environment, operation ORDER BY cityHash64(operation)`)
  expect(operations.length).toBeGreaterThan(40)
  for (const { environment, operation, spans: count, failed } of operations.slice(0, 30)) {
    const filter = filterOf('counted', {
      environment: String(environment),
      operation: String(operation),
    })
    const rows = await readAll(filter, 'newest', 200)
    expect(rows.map((row) => row.operation)).toEqual(rows.map(() => operation))
    expect([operation, rows.length, rows.filter((row) => row.failed).length]).toEqual([
      operation,
      Number(count),
      Number(failed),
    ])
  }
})

test('pages hold every span once, newest, slowest or failed first', async () => {
  const spans = Array.from({ length: 240 }, (_, at) => ({
    atMs: DAY_MS + Math.floor((at * 37) % 240) * 5 * 60_000,
    durationNs: at % 7 === 0 ? 0 : 2 ** (at % 40) + (at % 3),
    SpanName: 'work',
    StatusCode: at % 11 === 0 ? 'Error' : 'Ok',
  }))
  await insert('paged', spans)
  const filter = filterOf('paged')
  const failed = spans.filter(({ StatusCode }) => StatusCode === 'Error').length

  for (const within of [filter, { ...filter, service: undefined }]) {
    const newest = (await readAll(within, 'newest', 60)).filter(
      ({ service }) => service === 'paged',
    )
    expect(new Set(newest.map(({ spanId }) => spanId)).size).toBe(240)
    expect(newest.map(({ at }) => at)).toEqual(
      newest
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
  }
  const slowest = await readAll(filter, 'slowest', 70)
  expect(new Set(slowest.map(({ spanId }) => spanId)).size).toBe(240)
  expect(slowest.map(({ durationNs }) => durationNs)).toEqual(
    spans.map(({ durationNs }) => durationNs).toSorted((a, b) => b - a),
  )
  const failedFirst = await readAll(filter, 'failed', 15)
  expect(new Set(failedFirst.map(({ spanId }) => spanId)).size).toBe(240)
  expect(failedFirst.map((row) => row.failed)).toEqual(spans.map((_, at) => at < failed))

  const bounds = { durationMinNs: 1024, durationMaxNs: 1_000_000 }
  const wanted = spans.filter(({ durationNs }) => durationNs >= 1024 && durationNs <= 1_000_000)
  for (const sort of ['newest', 'slowest'] as const) {
    const rows = await readAll({ ...filter, ...bounds }, sort, 20)
    expect(rows.map(({ durationNs }) => durationNs).toSorted((a, b) => a - b)).toEqual(
      wanted.map(({ durationNs }) => durationNs).toSorted((a, b) => a - b),
    )
  }
})

test('(other) is what is not among the 300 largest operations', async () => {
  const spans = Array.from({ length: 302 * 2 - 2 }, (_, at) => ({
    atMs: DAY_MS + at * 1000,
    durationNs: 1000,
    SpanName: `job-${at < 302 ? at : at - 302}-x`,
  }))
  await insert('many', spans)
  const rows = await readAll(filterOf('many', { operation: '(other)' }), 'newest', 10)
  expect(rows.map(({ operation }) => operation).toSorted()).toEqual(['job-300-x', 'job-301-x'])
  expect(await readAll(filterOf('paged', { operation: '(other)' }), 'newest', 10)).toEqual([])
})

test('the newest of one service are read from a small part of its spans', async () => {
  await project.command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanName,
      SpanKind, Duration, StatusCode)
    SELECT fromUnixTimestamp64Milli(${DAY_MS} + number * 200), lower(hex(number + 4294967296)),
      lower(hex(number + 4294967296)), if(number % 2 = 0, 'busy', 'other'),
      concat('op ', toString(number % 5)), 'Server', cityHash64(number) % 1000000000,
      if(number % 100 < 2, 'Error', 'Unset')
    FROM numbers(400000)`)
  await project.command('OPTIMIZE TABLE otel_traces FINAL')
  const endMs = DAY_MS + 400_000 * 200
  for (const sort of ['newest', 'failed'] as const) {
    const { client, rowsRead } = countingClient(project.client)
    const page = { sort, limit: 50, after: undefined }
    const { rows } = await readTraceList(client, { ...filterOf('busy'), toMs: endMs }, page, signal)
    expect(rows).toHaveLength(50)
    // Two looks at a granule or two for each of five operations, and an hour of the roll-up: of
    // 200,000 spans and 130,000 rows of the roll-up in all.
    expect(rowsRead(), sort).toBeLessThan(2 * 10 * 8192 * 0.7 + 15_000)
  }
})

test('a trace is found by its id alone, and only its time is read', async () => {
  const traceId = 'ab'.repeat(16)
  const spans = Array.from({ length: 500 }, (_, at) => ({
    TraceId: traceId,
    SpanId: hex(at + 1, 16),
    ParentSpanId: at === 0 ? '' : hex(Math.ceil(at / 3), 16),
    SpanKind: at % 5 === 0 ? 'Server' : 'Internal',
    SpanName: `step ${at}`,
    atMs: DAY_MS + 13 * HOUR_MS + at,
    durationNs: 5_000_000,
    StatusCode: at === 7 ? 'Error' : 'Unset',
    'Events.Name': at === 7 ? ['exception'] : [],
    'Events.Attributes': at === 7 ? [{ 'exception.type': 'Boom' }] : [],
    SpanAttributes: { 'http.route': '/a' },
    ResourceAttributes: { 'service.version': '1.2.3' },
  }))
  await insert('traced', spans)
  const { client, rowsRead } = countingClient(project.client)
  const trace = await readTrace(client, traceId, signal)
  expect(trace?.spans).toHaveLength(500)
  expect(trace?.durationNs).toBe(499_000_000 + 5_000_000)
  expect(trace?.spans.filter(({ failed }) => failed).map(({ name }) => name)).toEqual(['step 7'])
  expect(rowsRead()).toBeLessThan(500 * 100)

  const [detail] = await readSpanDetails(project.client, { traceId, spanId: hex(8, 16) }, signal)
  expect(detail).toMatchObject({
    name: 'step 7',
    version: '1.2.3',
    environment: 'production',
    operation: 'step 7',
    status: 'Error',
    events: [{ name: 'exception', attributes: { 'exception.type': 'Boom' } }],
  })
  expect(await readTrace(project.client, 'cd'.repeat(16), signal)).toBeUndefined()
})
