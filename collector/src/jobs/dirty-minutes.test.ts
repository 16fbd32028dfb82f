import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openClients, type Clients } from '../clickhouse/connection.ts'
import { migrate, prepareMigrations, readMigrations } from '../clickhouse/migrate.ts'
import type { MinuteReader } from '../releases/read-minutes.ts'
import type { ReleaseLine } from '../releases/read-releases.ts'
import { watchDirtyMinutes, withoutMinutes } from './dirty-minutes.ts'

const database = `test_control_${randomBytes(6).toString('hex')}`
let clients: Clients
beforeAll(async () => {
  clients = openClients(inject('clickhouse'))
  await prepareMigrations(clients)
  await migrate({
    clients,
    database,
    migrations: await readMigrations('control'),
    program: 'test',
  })
})
afterAll(async () => {
  await clients.bare.command({ query: `DROP DATABASE ${database} SYNC` })
  await clients[Symbol.asyncDispose]()
})

const MINUTE = 29_000_000
const line: ReleaseLine = {
  service: 'shop',
  environment: 'production',
  releases: [],
  firstSeenMs: 0,
  lastSeenMs: 0,
  late: { lastLateMs: 0, lateCount: 7 },
}

test('a mark names its minute while it is there, and what was read counts as late from then on', async () => {
  const control = clients.of(database)
  const read = watchDirtyMinutes()
  const seen = async () => {
    const dirty = await read(control, new AbortController().signal)
    const count = (of: string) => dirty.markLate(of, [line])[0]!.late.lateCount - 7
    return { minutes: dirty.minutesOf('shop'), shop: count('shop'), other: count('other') }
  }
  expect(await seen()).toEqual({ minutes: [], shop: 0, other: 0 })
  const mark = { database: 'shop', minute: MINUTE * 60, generation: 1, reason: 'test' }
  await control.insert({
    table: 'dirty_minutes',
    format: 'JSONEachRow',
    values: [
      { ...mark, source: 'otel_traces' },
      { ...mark, source: 'otel_logs', minute: (MINUTE + 1) * 60 },
    ],
  })
  expect(await seen()).toEqual({ minutes: [MINUTE], shop: 1, other: 0 })
  expect(await seen()).toEqual({ minutes: [MINUTE], shop: 1, other: 0 })
  await control.command({ query: 'TRUNCATE TABLE dirty_minutes' })
  expect(await seen()).toEqual({ minutes: [], shop: 2, other: 0 })
})

test('counts of a minute that is left out are in nothing that is told by minute', async () => {
  const counts = { requests: Float64Array.of(1, 2, 3), failures: Float64Array.of(0, 1, 0) }
  const minutes = { minute: Int32Array.of(MINUTE, MINUTE + 1, MINUTE + 2), ...counts }
  const totals = { versions: ['1'], version: Uint16Array.of(0, 0, 0), ...minutes }
  const control = { service: 'cart', reference: minutes, comparison: minutes }
  const columns = {
    operations: ['GET /'],
    operation: Uint16Array.of(0, 0, 0),
    arm: Uint8Array.of(1, 0, 1),
    ...minutes,
    slow50: counts.requests,
    slow95: counts.requests,
    slow99: counts.requests,
  }
  const reader: MinuteReader = {
    totals: () => Promise.resolve(totals),
    controls: () => Promise.resolve([control]),
    histograms: () => Promise.resolve([]),
    operationMinutes: () => Promise.resolve(columns),
  }
  const without = withoutMinutes(reader, [MINUTE + 1])
  const window = { fromMinute: MINUTE, untilMinute: MINUTE + 3 }
  const left = { minute: Int32Array.of(MINUTE, MINUTE + 2), requests: Float64Array.of(1, 3) }
  expect(await without.totals(window)).toMatchObject({ versions: ['1'], ...left })
  const [cart] = await without.controls(window, window)
  expect(cart).toMatchObject({ service: 'cart', reference: left, comparison: left })
  const none = { candidate: '1', versions: [], operations: [] }
  const found = await without.operationMinutes(window, none, [])
  expect(found).toMatchObject({ operations: ['GET /'], arm: Uint8Array.of(1, 1), ...left })
})
