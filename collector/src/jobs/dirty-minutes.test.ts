import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openClients, type Clients } from '../clickhouse/connection.ts'
import { migrate, prepareMigrations, readMigrations } from '../clickhouse/migrate.ts'
import { readDirtyMinutes } from './dirty-minutes.ts'

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

test('a mark names its minute while it is there', async () => {
  const control = clients.of(database)
  const read = () => readDirtyMinutes(control, new AbortController().signal)
  expect(await read()).toEqual(new Map())
  const mark = { database: 'shop', minute: MINUTE * 60, generation: 1, reason: 'test' }
  await control.insert({
    table: 'dirty_minutes',
    format: 'JSONEachRow',
    values: [
      { ...mark, source: 'otel_traces' },
      { ...mark, source: 'otel_logs', minute: (MINUTE + 1) * 60 },
    ],
  })
  expect(await read()).toEqual(new Map([['shop', [MINUTE]]]))
  await control.command({ query: 'TRUNCATE TABLE dirty_minutes' })
  expect(await read()).toEqual(new Map())
})
