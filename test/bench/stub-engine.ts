import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkRequest } from '@aftermath/otlp/check'
import { DATABASE, openRawEngine, type RawEngine } from './raw-engine.ts'

/** Answers like a ClickHouse server; telemetry that is inserted costs it nothing. */
export interface StubEngine extends AsyncDisposable {
  /** For `AFTERMATH_CLICKHOUSE_URL`. */
  readonly url: string
  /** Rows that were swallowed. */
  rows: () => number
}

const INSERT = /^INSERT INTO `?[\w]+`?\.(otel_\w+)/
const BATCH = /toUInt64\((\d+)\)/

/**
 * A server in front of a real engine. What would decode telemetry it takes, throws away, and writes
 * as many rows of nothing but their batch: whoever counts a batch finds it whole.
 */
export async function openStubEngine(signal: AbortSignal): Promise<StubEngine> {
  await using opening = new AsyncDisposableStack()
  const engine = opening.use(await openRawEngine(signal))
  let rows = 0
  const server = opening.use(
    createServer((req, res) => {
      const query = new URL(req.url ?? '/', 'http://stub').searchParams.get('query') ?? ''
      const table = INSERT.exec(query)?.[1]
      const work =
        table === undefined ? forward(engine, req, res) : swallow(engine, table, query, req, res)
      work.then(
        (written) => (rows += written),
        (error: unknown) => res.destroy(error instanceof Error ? error : undefined),
      )
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  const whole = opening.move()
  return {
    url: `http://default@127.0.0.1:${port}`,
    rows: () => rows,
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  }
}

async function swallow(
  engine: RawEngine,
  table: string,
  query: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<number> {
  const body = Buffer.concat(await req.toArray())
  const kind = table === 'otel_traces' ? 'traces' : table === 'otel_logs' ? 'logs' : 'metrics'
  const receivedMs = Date.now()
  const limits = { receivedMs, retentionMs: receivedMs, itemsMax: Infinity }
  const checked = checkRequest(kind, body, limits)
  if (checked.outcome !== 'ok') throw new Error(checked.message)
  const rows = Object.entries(checked.rows).find(([name]) => name === table)?.[1] ?? 0
  const batch = BATCH.exec(query)![1]! // the store writes it into every statement
  await engine.command(
    `INSERT INTO ${DATABASE}.${table} (_batch) SELECT ${batch} FROM numbers(${rows}) SETTINGS async_insert = 0`,
  )
  res.writeHead(200, {
    'x-clickhouse-summary': JSON.stringify({ written_rows: String(rows) }),
    'content-length': 0,
  })
  res.end()
  return rows
}

async function forward(
  { connection }: RawEngine,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<number> {
  const { authorization: _own, host: _host, ...headers } = req.headers
  const sent = request(`${connection.url}${req.url ?? '/'}`, {
    method: req.method ?? 'POST',
    headers: {
      ...headers,
      ...connection.headers,
      'x-clickhouse-user': connection.username,
      'x-clickhouse-key': connection.password,
    },
  })
  req.pipe(sent)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage] // Node's own event
  res.writeHead(answer.statusCode ?? 502, answer.headers)
  answer.pipe(res)
  return 0
}
