import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, protobufOf, type Project } from '../../../test/project.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const MS = 1_000_000n
const NOON_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000
const NOON_NS = BigInt(NOON_MS) * MS
const NOON = new Date(NOON_MS).toISOString().slice(0, 19).replace('T', ' ')
const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

type Values = Record<string, unknown>

let batches = 1n
async function stored(logRecords: Values[], resourceLogs: Values = {}, scopeLogs: Values = {}) {
  const batch = batches++
  const request = { resourceLogs: [{ ...resourceLogs, scopeLogs: [{ ...scopeLogs, logRecords }] }] }
  await project.store('logs', [protobufOf('logs', request)], batch)
  return project.read(`SELECT * FROM otel_logs WHERE _batch = ${batch} ORDER BY Timestamp`)
}

test('stores every column of a log record', async () => {
  const attributes = [
    { key: 'b', value: { intValue: '-1' } },
    { key: 'a', value: { stringValue: 'ä' } },
    { key: 'b', value: { doubleValue: 1e21 } },
  ]
  const map = { a: 'ä', b: '1e+21' }
  const resource = {
    attributes: [...attributes, { key: 'service.name', value: { stringValue: 'shop' } }],
  }
  const rows = await stored(
    [
      {
        ...ids,
        timeUnixNano: String(NOON_NS + 1n),
        observedTimeUnixNano: String(NOON_NS + 99n),
        flags: 0x1ff,
        severityNumber: 17,
        severityText: 'ERROR',
        body: { stringValue: 'no\nmoney 🧀' },
        attributes,
        eventName: 'payment.failed',
      },
    ],
    { resource, schemaUrl: 'https://r' },
    { scope: { name: 'lib', version: '1', attributes }, schemaUrl: 'https://s' },
  )
  expect(rows).toEqual([
    {
      Timestamp: `${NOON}.000000001`,
      TraceId: ids.traceId,
      SpanId: ids.spanId,
      TraceFlags: 255,
      SeverityText: 'ERROR',
      SeverityNumber: 17,
      ServiceName: 'shop',
      Body: 'no\nmoney 🧀',
      ResourceSchemaUrl: 'https://r',
      ResourceAttributes: { ...map, 'service.name': 'shop' },
      ScopeSchemaUrl: 'https://s',
      ScopeName: 'lib',
      ScopeVersion: '1',
      ScopeAttributes: map,
      LogAttributes: map,
      EventName: 'payment.failed',
      _batch: '1',
    },
  ])
})

test('leaves empty what a record does not say', async () => {
  const [row] = await stored([{ timeUnixNano: String(NOON_NS) }])
  expect(row).toMatchObject({
    TraceId: '',
    SpanId: '',
    TraceFlags: 0,
    SeverityText: '',
    SeverityNumber: 0,
    ServiceName: '',
    Body: '',
    ScopeAttributes: {},
    LogAttributes: {},
    EventName: '',
  })
})

test.each([
  { traceId: '', spanId: '', why: 'absent' },
  { traceId: '00000000000000000000000000000000', spanId: '0000000000000000', why: 'zero' },
  { traceId: '0af7', spanId: '0af7651916cd43dd8448eb211c80319c', why: 'of a wrong length' },
])('keeps a record whose ids are $why, without them', async ({ traceId, spanId }) => {
  const rows = await stored([{ timeUnixNano: String(NOON_NS), traceId, spanId }])
  expect(rows).toMatchObject([{ TraceId: '', SpanId: '' }])
})

test('takes the time it was observed for a record without its own', async () => {
  const rows = await stored([
    { observedTimeUnixNano: String(NOON_NS + 5n * MS) },
    { timeUnixNano: '0', observedTimeUnixNano: String(NOON_NS + 6n * MS) },
  ])
  expect(rows.map(({ Timestamp }) => Timestamp)).toEqual([`${NOON}.005000000`, `${NOON}.006000000`])
})

test('takes the time of the insert for a record without any', async () => {
  const beforeMs = Date.now()
  const [row] = await stored([{}])
  const storedMs = Date.parse(`${String(row?.['Timestamp']).slice(0, 23).replace(' ', 'T')}Z`)
  expect(storedMs).toBeGreaterThanOrEqual(beforeMs)
  expect(storedMs).toBeLessThanOrEqual(Date.now())
})

test.each([
  [{ boolValue: false }, 'false'],
  [{ intValue: '0' }, '0'],
  [{ doubleValue: 0.5 }, '0.5'],
  [{ bytesValue: 'AQI=' }, 'AQI='],
  [{ stringValue: '{"a":[1]}' }, '{"a":[1]}'],
  [undefined, ''],
])('renders the body %j as %j', async (body, text) => {
  expect(await stored([{ timeUnixNano: String(NOON_NS), body }])).toMatchObject([{ Body: text }])
})

test('lifts what operators filter by out of the resource', async () => {
  const resource = {
    attributes: [
      { key: 'k8s.pod.name', value: { stringValue: 'pod-1' } },
      { key: 'deployment.environment.name', value: { stringValue: 'test' } },
    ],
  }
  await stored([{ timeUnixNano: String(NOON_NS), eventName: 'lifted' }], { resource })
  const rows = await project.read(`SELECT \`__otel_materialized_k8s.pod.name\` AS pod,
    \`__otel_materialized_deployment.environment.name\` AS environment
    FROM otel_logs WHERE EventName = 'lifted'`)
  expect(rows).toEqual([{ pod: 'pod-1', environment: 'test' }])
})
