import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

/** The run's ClickHouse as a server that asks for user and password alone. */
async function startServer(): Promise<{ server: Server; url: string }> {
  const { url, headers, username, password } = inject('clickhouse')
  const server = createServer((req, res) => {
    const onward = request(
      new URL(req.url ?? '/', url),
      { method: req.method, headers: { ...req.headers, ...headers } },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
      },
    )
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return { server, url: `http://${username}:${password}@127.0.0.1:${port}` }
}

let clickhouse: Awaited<ReturnType<typeof startServer>>
let collector: RunningCollector
beforeAll(async () => {
  clickhouse = await startServer()
  collector = await startCollector({ AFTERMATH_CLICKHOUSE_URL: clickhouse.url })
})
afterAll(async () => {
  await collector[Symbol.asyncDispose]()
  clickhouse.server.close()
  clickhouse.server.closeAllConnections()
})

test('against a server the collector starts no engine and stores the same', async () => {
  expect(collector.run.pids.clickhouse).toBeNull()
  const span = { startMs: Date.now(), durationMs: 1, failed: false, route: '/' }
  const body = traceRequest({ service: 'served', version: '1', environment: 'test' }, [span, span])
  expect((await post(collector.run.ingest, 'traces', body)).status).toBe(200)
  await until('the spans can be read', async () => {
    const [[count] = []] = await collector.sql(
      "SELECT count() FROM otel_traces WHERE ServiceName = 'served'",
    )
    return count === 2 ? true : undefined
  })
})

test('what the API may not read stays closed there too', async () => {
  const answer = await collector.api('/api/v1/sql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'SELECT * FROM aftermath.keys' }),
  })
  expect(answer.status).toBe(400)
})
