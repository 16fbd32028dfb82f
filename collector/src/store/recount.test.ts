import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { openProject, protobufOf, type Project } from '../../test/project.ts'
import { openClients, type Clients } from '../clickhouse/connection.ts'
import { differingMinutes, repairRollUps, ROLL_UPS, withRawRows } from './roll-ups.ts'

let project: Project
let clients: Clients
beforeAll(async () => {
  project = await openProject()
  clients = openClients(inject('clickhouse'))
})
afterAll(async () => {
  await clients[Symbol.asyncDispose]()
  await project[Symbol.asyncDispose]()
})

const MINUTE = Math.floor(Date.now() / 60_000) * 60 - 600
const RAW = ['otel_traces', 'otel_logs', 'otel_metrics_gauge']
const TABLES = [...RAW, ...ROLL_UPS.map(({ target }) => target)]

const resource = {
  attributes: [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'service.version', value: { stringValue: '1' } },
  ],
}
const nanos = (second: number) => `${second}999000000`

function spans(seconds: readonly number[]): Uint8Array {
  const list = seconds.map((second, i) => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    kind: 2,
    name: `GET /${i % 3}`,
    startTimeUnixNano: nanos(second),
    endTimeUnixNano: nanos(second + (i % 2)),
    status: { code: i % 5 === 0 ? 2 : 0 },
  }))
  return protobufOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: list }] }] })
}

const log = (second: number) =>
  protobufOf('logs', {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ timeUnixNano: nanos(second) }] }] }],
  })

const gauge = (second: number) => {
  const dataPoints = [{ timeUnixNano: nanos(second), asInt: '1' }]
  const metrics = [{ name: 'm', gauge: { dataPoints } }]
  return protobufOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] })
}

// Three minutes, the last second of each among them.
const SECONDS = Array.from({ length: 90 }, (_, i) => MINUTE + i * 2 + 1)
const MINUTES = [MINUTE, MINUTE + 60, MINUTE + 120]

beforeEach(async () => {
  for (const table of TABLES) await project.command(`TRUNCATE TABLE ${table}`)
  await project.store('traces', [spans(SECONDS)])
  await project.store('traces', [spans(SECONDS.slice(30, 50))])
  await project.store('logs', [log(MINUTE - 59), log(MINUTE + 61)])
  await project.store('metrics', [gauge(MINUTE + 119)])
})

const recount = (minutes?: readonly number[]) =>
  differingMinutes({ client: clients.of(project.database), database: project.database, minutes })
const repair = (source: string, minutes = MINUTES) =>
  repairRollUps({
    client: clients.of(project.database),
    database: project.database,
    minutes,
    source,
  })

test('every view that rolls telemetry up is recounted', async () => {
  const rows = await project.read(`SELECT name FROM system.tables
    WHERE database = '${project.database}' AND engine = 'MaterializedView' ORDER BY name`)
  const views = ROLL_UPS.flatMap((one) => one.views.map(({ name }) => name))
  // Those copy what a job wrote, and are no sums of telemetry.
  expect([...views, 'latest_verdicts_mv', 'told_verdicts_mv'].toSorted()).toEqual(
    rows.map(({ name }) => name),
  )
})

test('what was stored in order differs nowhere', async () => {
  expect(await recount()).toEqual([])
  expect(await recount(MINUTES)).toEqual([])
})

const minutesOf = (target: string, ...minutes: number[]) =>
  minutes.map((minute) => ({ target, minute }))

test.each([
  [
    'a row that the view lacks',
    `DELETE FROM operation_minutes WHERE minute = ${MINUTE} AND bucket < 0`,
  ],
  [
    'rows that were written twice',
    `INSERT INTO operation_minutes SELECT * FROM operation_minutes WHERE minute = ${MINUTE}`,
  ],
  [
    'a count in the wrong place',
    `INSERT INTO operation_minutes (service, environment, version, minute, operation, kind, bucket, count)
      SELECT service, environment, version, minute, '(elsewhere)', kind, bucket, count
      FROM operation_minutes WHERE minute = ${MINUTE}`,
  ],
])('tells the minute of %s, and mends it', async (_, damage) => {
  await project.command(damage)
  const expected = minutesOf('operation_minutes', MINUTE)
  expect(await recount()).toEqual(expected)
  expect(await recount(MINUTES)).toEqual(expected)
  expect(await recount(MINUTES.slice(1))).toEqual([])
  await repair('otel_traces')
  expect(await recount()).toEqual([])
})

test('tells which traces are not found by their id, and mends it', async () => {
  await project.command(`TRUNCATE TABLE otel_traces_trace_id_ts`)
  expect(await recount([MINUTE])).toEqual(minutesOf('otel_traces_trace_id_ts', MINUTE))
  await repair('otel_traces')
  expect(await recount()).toEqual([])
})

test('tells which releases were not seen, and mends it from each signal', async () => {
  await project.command(`TRUNCATE TABLE release_sightings`)
  expect((await recount()).map(({ target }) => target)).toEqual(['release_sightings'])
  await repair('otel_traces')
  const before = MINUTE - 60 // a log record alone
  expect(await recount([before])).toEqual(minutesOf('release_sightings', before))
  await repair('otel_logs', [before, MINUTE + 60])
  await repair('otel_metrics_gauge')
  expect(await recount()).toEqual([])
})

test('a repair leaves other minutes as they are', async () => {
  await project.command('TRUNCATE TABLE operation_minutes')
  await repair('otel_traces', [MINUTE, MINUTE + 120])
  expect(await recount()).toEqual(minutesOf('operation_minutes', MINUTE + 60))
})

test('minutes without a partition of raw rows are told apart', async () => {
  const scope = { client: clients.of(project.database), database: project.database }
  const lastYear = MINUTE - 365 * 86_400
  expect(await withRawRows(scope, 'otel_traces', [lastYear, MINUTE])).toEqual([MINUTE])
})
