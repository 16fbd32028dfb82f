import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
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

/** A statement by the server's owner. */
async function alter(query: string): Promise<void> {
  const answer = await fetch(inject('clickhouse').url, {
    method: 'POST',
    headers: {
      ...inject('clickhouse').headers,
      authorization: `Basic ${btoa(`${inject('clickhouse').username}:${inject('clickhouse').password}`)}`,
    },
    body: query,
  })
  expect(await answer.text()).toBe('')
}

/** Runs `aftermath dead-letters …` against the collector. */
async function deadLetters(...words: string[]): Promise<string> {
  const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'dead-letters', ...words], {
    env: { AFTERMATH_URL: collector.run.app, AFTERMATH_TOKEN: collector.adminToken },
  })
  return stdout.trim()
}

test('what the server refuses is listed, downloaded, and stored once when it is sent again', async () => {
  const count = async (service: string) =>
    (
      await collector.sql(`SELECT count(), uniqExact(SpanId) FROM otel_traces
        WHERE ServiceName = '${service}'`)
    )[0]
  const send = async (service: string) => {
    const span = { startMs: Date.now(), durationMs: 1, failed: false, route: '/' }
    const body = traceRequest({ service, version: '1', environment: 'test' }, [span, span])
    expect((await post(collector.run.ingest, 'traces', body)).status).toBe(200)
  }
  const table = 'aftermath_default.otel_traces'
  await alter(`ALTER TABLE ${table} ADD CONSTRAINT sane CHECK ServiceName != 'poison'`)
  for (const service of ['innocent', 'poison', 'innocent']) await send(service)
  const id = await until('the poison lies with the dead letters', async () => {
    const answer = await collector.api('/api/v1/dead-letters')
    const { data } = (await answer.json()) as { data: { id: string; items: number }[] }
    return data.length === 1 && data[0]?.items === 2 ? data[0].id : undefined
  })
  await until('the rest is stored', async () =>
    (await count('innocent'))?.[0] === 4 ? true : undefined,
  )
  expect(await deadLetters('list')).toMatch(new RegExp(`^${id} .* 2 spans .* code 469$`))
  expect(await (await collector.api('/readyz')).json()).toEqual({ problems: ['dead_letters'] })

  await using directory = await mkdtempDisposable(join(tmpdir(), 'aftermath-letters-'))
  const file = join(directory.path, 'letter.otlp')
  expect(await deadLetters('show', id, '--output', file)).toContain('is violated')
  expect(await readFile(file, 'latin1')).toContain('poison')

  await alter(`ALTER TABLE ${table} DROP CONSTRAINT sane`)
  expect(await deadLetters('replay', id)).toContain('Sent again')
  await until('what was sent again is stored', async () =>
    (await count('poison'))?.[0] === 2 ? true : undefined,
  )
  expect(await count('poison')).toEqual([2, 2])
  expect(await deadLetters('list')).toBe('There are no dead letters.')
  await until('the roll-ups are a recount', async () => {
    const answer = await collector.api('/api/v1/roll-ups/differences')
    const { data } = (await answer.json()) as { data: unknown[] }
    return data.length === 0 ? true : undefined
  })
})
