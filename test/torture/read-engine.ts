import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  startEmbeddedClickHouse,
  type EngineConnection,
  type EngineLog,
} from '@aftermath/embedded-clickhouse'

/** Rows of one statement, 64-bit integers as numbers. */
export type Read = (sql: string, database?: string) => Promise<unknown[][]>

/** Asks a ClickHouse itself, past everything of the product. */
function readerOf({ url, username, password, headers }: EngineConnection): Read {
  return async (sql, database = 'default') => {
    const query = new URLSearchParams({
      database,
      default_format: 'JSONCompact',
      output_format_json_quote_64bit_integers: '0',
    })
    const answer = await fetch(`${url}/?${query.toString()}`, {
      method: 'POST',
      headers: { ...headers, 'x-clickhouse-user': username, 'x-clickhouse-key': password },
      body: sql,
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${text}\n${sql}`)
    return text === '' ? [] : (JSON.parse(text) as { data: unknown[][] }).data // JSONCompact has it
  }
}

export interface Engine extends AsyncDisposable {
  connection: EngineConnection
  read: Read
  pid: () => number | undefined
}

/** An engine of the driver's own: on what a stopped collector left, or as a server for one. */
export async function openEngine(dataDir: string): Promise<Engine> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const engine = await startEmbeddedClickHouse({ dataDir, log: quiet })
  await engine.up()
  return {
    connection: engine.connection,
    read: readerOf(engine.connection),
    pid: () => engine.pid,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}

/** Where a collector keeps its engine's directory. */
export const engineDirOf = (dataDir: string) => join(dataDir, 'clickhouse')

const quiet: EngineLog = { debug() {}, info() {}, warn() {}, error() {} }
