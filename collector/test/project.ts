import { randomBytes } from 'node:crypto'
import type { SignalKind } from '@aftermath/otlp/check'
import { jsonToProtobuf } from '@aftermath/otlp/json-request'
import type { ClickHouseClient } from '@clickhouse/client'
import { inject } from 'vitest'
import { openClients, type Clients } from '../src/clickhouse/connection.ts'
import { prepareMigrations, readMigrations, statementsOf } from '../src/clickhouse/migrate.ts'
import { insertStatements } from '../src/store/decode/insert-statements.ts'
import { sendUnit } from '../src/store/unit.ts'

export type Row = Record<string, unknown>

/** A project's database in the run's ClickHouse, of the test file that opens it. */
export interface Project extends AsyncDisposable {
  database: string
  client: ClickHouseClient
  /** Rows with 64-bit integers and doubles that JSON lacks as text. */
  read: (query: string) => Promise<Row[]>
  command: (query: string) => Promise<void>
  insert: (table: string, rows: readonly object[]) => Promise<void>
  /** Stores OTLP protobuf as the collector does. */
  store: (kind: SignalKind, bytes: readonly Uint8Array[], batch?: bigint) => Promise<void>
}

export async function openProject(): Promise<Project> {
  const clients = openClients(inject('clickhouse'))
  const database = `test_${randomBytes(6).toString('hex')}`
  await clients.bare.command({ query: `CREATE DATABASE ${database} ENGINE = Atomic` })
  await prepareControl(clients)
  const client = clients.of(database)
  const command = async (query: string) => void (await client.command({ query }))
  for (const { sql } of await readMigrations('project')) {
    for (const statement of statementsOf(sql, [26, 7])) await command(statement)
  }
  return {
    database,
    client,
    command,
    async read(query) {
      const answer = await client.query({
        query,
        format: 'JSONEachRow',
        clickhouse_settings: {
          output_format_json_quote_64bit_integers: 1,
          output_format_json_quote_denormals: 1,
        },
      })
      return answer.json<Row>()
    },
    async insert(table, values) {
      await client.insert({ table, values, format: 'JSONEachRow' })
    },
    async store(kind, bytes, batch = 1n) {
      for (const { table, query } of insertStatements(kind, { database, batch })) {
        await sendUnit(client, { table, query, rows: () => 0 }, bytes, {
          queryId: `${database}-${randomBytes(6).toString('hex')}`,
        })
      }
    },
    async [Symbol.asyncDispose]() {
      await clients.bare.command({ query: `DROP DATABASE ${database} SYNC` })
      await clients[Symbol.asyncDispose]()
    },
  }
}

/** The control plane's tables, which all files of a run share. */
async function prepareControl(clients: Clients): Promise<void> {
  await prepareMigrations(clients)
  for (const { sql } of await readMigrations('control')) {
    for (const query of statementsOf(sql, [26, 7])) await clients.control.command({ query })
  }
}

/** A request in OTLP/JSON as protobuf. */
export function protobufOf(kind: SignalKind, request: unknown): Uint8Array {
  const converted = jsonToProtobuf(kind, Buffer.from(JSON.stringify(request)))
  if (converted.outcome !== 'ok') throw new Error(`${converted.path}: ${converted.message}`)
  return converted.bytes
}
