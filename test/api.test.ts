import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DeploymentAnswer, DeploymentsAnswer } from '@aftermath/schemas/api/deployments'
import { Problem } from '@aftermath/schemas/api/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
beforeAll(async () => {
  const port = await freePort()
  // As behind a proxy: people come by another name than the one it listens on.
  collector = await startCollector({
    AFTERMATH_APP_PORT: String(port),
    AFTERMATH_PUBLIC_URL: `http://localhost:${port}`,
  })
})
afterAll(() => collector[Symbol.asyncDispose]())

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listening on an address
  server.close()
  await once(server, 'close')
  return port
}

const json = { 'content-type': 'application/json' }
const problemOf = async (answer: Response) => {
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  return Problem.parse(await answer.json())
}

test.each([
  ['/api/v1/releases?enviroment=production', /enviroment: unknown parameter/],
  ['/api/v1/releases?limit=0&from=yesterday', /from: .*limit: /],
  ['/api/v1/gate?service=shop', /version/],
  ['/api/v1/services?from=now&to=-1h', /from must lie before to/],
  ['/api/v1/releases?cursor=abc', /nextCursor/],
])('%s is 400 and names what is wrong', async (path, detail) => {
  const answer = await collector.api(path)
  expect(answer.status).toBe(400)
  expect((await problemOf(answer)).detail).toMatch(detail)
})

test.each([
  ['GET', '/api/v1/services'],
  ['GET', '/api/v1/projects'],
  ['GET', '/api/v1/gate?service=a&version=1'],
  ['POST', '/api/v1/sql'],
  ['POST', '/api/v1/deployments'],
  ['DELETE', '/api/v1/projects/demo'],
])('%s %s without a login is 401', async (method, path) => {
  const answer = await fetch(`${collector.run.app}${path}`, { method, headers: json })
  expect(answer.status).toBe(401)
})

test('every route of the OpenAPI document but login, logout and itself wants a login', async () => {
  const answer = await fetch(`${collector.run.app}/api/v1/openapi.json`)
  const document = (await answer.json()) as {
    openapi: string
    paths: Record<string, Record<string, { security?: unknown[] }>>
  }
  expect(document.openapi).toBe('3.1.0')
  const open = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.security?.length === 0)
      .map(([method]) => `${method} ${path}`),
  )
  expect(open.toSorted()).toEqual(['get /openapi.json', 'post /login', 'post /logout'])
})

test('an ingest key cannot read', async () => {
  const answer = await collector.api('/api/v1/services', {
    headers: { authorization: `Bearer ${collector.ingestKey}` },
  })
  expect(answer.status).toBe(401)
})

test('the printed link logs a browser in once', async () => {
  const code = /#code=(\S+)/.exec(collector.output())?.[1]
  const login = () =>
    fetch(`${collector.run.app}/api/v1/login`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ code }),
    })
  const first = await login()
  expect(first.status).toBe(200)
  const cookie = first.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/HttpOnly/)
  expect(cookie).toMatch(/SameSite=Lax/)
  const session = await fetch(`${collector.run.app}/api/v1/session`, {
    headers: { cookie: cookie.split(';')[0]! },
  })
  expect(session.status).toBe(200)
  expect((await login()).status).toBe(401)

  const foreign = await fetch(`${collector.run.app}/api/v1/projects`, {
    method: 'POST',
    headers: { ...json, cookie: cookie.split(';')[0]!, origin: 'https://elsewhere.example' },
    body: JSON.stringify({ slug: 'stolen' }),
  })
  expect(foreign.status).toBe(403)
})

test('guessing tokens is stopped after some tries', async () => {
  const guess = () =>
    fetch(`${collector.run.app}/api/v1/login`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ token: 'guessed' }),
    })
  const statuses = []
  // The count starts anew with each minute, which may begin in between.
  for (let i = 0; i < 41; i++) statuses.push((await guess()).status)
  expect(statuses[0]).toBe(401)
  expect(statuses).toContain(429)
})

test('a Host that is none of ours is 421', async () => {
  const { request } = await import('node:http')
  const { port } = new URL(collector.run.app)
  const status = await new Promise((resolve, reject) => {
    request({ port, path: '/api/v1/session', headers: { host: 'rebound.example' } }, (res) => {
      res.resume()
      resolve(res.statusCode)
    })
      .on('error', reject)
      .end()
  })
  expect(status).toBe(421)
})

test('a deployment is registered once, however often it is sent', async () => {
  const body = {
    service: 'cart',
    version: '3.1.0',
    environment: 'staging',
    source: 'ci',
    sourceId: 'run-7',
  }
  const send = (more: object) =>
    collector.api('/api/v1/deployments', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ ...body, ...more }),
    })
  const first = DeploymentAnswer.parse(await (await send({ status: 'started' })).json()).data
  const second = DeploymentAnswer.parse(
    await (await send({ status: 'succeeded', startedAt: first.startedAt })).json(),
  ).data
  expect(second.id).toBe(first.id)
  const listed = await collector.api('/api/v1/deployments?service=cart')
  const { data } = DeploymentsAnswer.parse(await listed.json())
  expect(data.map(({ status, version }) => ({ status, version }))).toEqual([
    { status: 'succeeded', version: '3.1.0' },
  ])
})

test('a deployment with a wrong field is 400 and names it', async () => {
  const answer = await collector.api('/api/v1/deployments', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ service: 'cart', version: '1', status: 'done', enviroment: 'x' }),
  })
  expect(answer.status).toBe(400)
  const { errors } = await problemOf(answer)
  expect(errors?.map(({ path }) => path).toSorted()).toEqual(['enviroment', 'status'])
})

test('a project has a key and a database of its own, and goes without a trace', async () => {
  const made = await collector.api('/api/v1/projects', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ slug: 'other' }),
  })
  expect(made.status).toBe(201)
  const { data: project } = (await made.json()) as { data: { ingestKey: string } }
  const span = { startMs: Date.now(), durationMs: 1, failed: false, route: '/' }
  const sent = traceRequest({ service: 'mine', version: '1', environment: 'test' }, [span])
  expect((await post(collector.run.ingest, 'traces', sent, project.ingestKey)).status).toBe(200)
  await until('the span can be read in its project', async () => {
    const [[count] = []] = await collector.sql('SELECT count() FROM otel_traces', 'other')
    return count === 1 ? true : undefined
  })
  expect(await collector.sql("SELECT count() FROM otel_traces WHERE ServiceName = 'mine'")).toEqual(
    [[0]],
  )

  const listed = async (slug: string) => {
    const answer = await collector.api(
      `/api/v1/traces?project=${slug}&service=mine&environment=test`,
    )
    return ((await answer.json()) as { data: unknown[] }).data.length
  }
  // The roll-up, by which lists are read, is written right after the rows.
  await until('the span is listed', async () => ((await listed('other')) === 1 ? true : undefined))
  expect(await listed('default')).toBe(0)

  expect((await collector.api('/api/v1/projects/other', { method: 'DELETE' })).status).toBe(200)
  expect((await collector.api('/api/v1/services?project=other')).status).toBe(404)
  expect((await post(collector.run.ingest, 'traces', sent, project.ingestKey)).status).toBe(401)
})

test.each([
  ['SELECT * FROM aftermath.keys', 400],
  ["SELECT file('/etc/hostname')", 400],
  ['SELECT * FROM system.tables', 400],
  ['DROP TABLE otel_traces', 400],
])('SQL that reads more than the project is refused: %s', async (query, status) => {
  const answer = await collector.api('/api/v1/sql', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ query }),
  })
  expect(answer.status).toBe(status)
})

test('a gate leads to the dashboard by its public address', async () => {
  const answer = await collector.api('/api/v1/gate?service=shop&version=9&environment=production')
  const { url } = (await answer.json()) as { url: string }
  const app = new URL(collector.run.app)
  expect(app.hostname).toBe('localhost')
  expect(url).toBe(`${app.origin}/p/default/releases/shop/9?env=production`)
})

test.each([
  ['/api/v1/traces?operation=(other)', /name it/],
  ['/api/v1/traces?cursor=abc', /nextCursor/],
  ['/api/v1/traces?sort=oldest&limit=201', /limit: .*sort: /],
  ['/api/v1/traces/xyz', /32 hex/],
  [`/api/v1/traces/${'a'.repeat(32)}/spans/1`, /16 hex/],
  ['/api/v1/logs?severity=loud', /severity/],
  ['/api/v1/logs?cursor=e30', /nextCursor/],
])('%s is 400 and says why', async (path, detail) => {
  const answer = await collector.api(path)
  expect(answer.status).toBe(400)
  expect((await problemOf(answer)).detail).toMatch(detail)
})

test('a trace that nobody sent is 404 and says what may be', async () => {
  const answer = await collector.api(`/api/v1/traces/${'a'.repeat(32)}`)
  expect(answer.status).toBe(404)
  expect((await problemOf(answer)).detail).toMatch(/on its way|sampled|older/)
})

test('sixteen may follow logs at a time, and one who leaves makes room', async () => {
  const leave: AbortController[] = []
  const follow = async () => {
    const controller = new AbortController()
    leave.push(controller)
    const answer = await collector.api('/api/v1/logs/tail?environment=production', {
      signal: controller.signal,
    })
    return answer.status
  }
  for (let i = 0; i < 16; i++) expect(await follow()).toBe(200)
  expect(await follow()).toBe(429)
  leave[0]!.abort()
  await until('there is room again', async () => ((await follow()) === 200 ? true : undefined))
  for (const controller of leave) controller.abort()
})

test('run.json tells where everything is and holds no secret', async () => {
  const path = join(collector.dataDir, 'run.json')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const text = await readFile(path, 'utf8')
  expect(text).not.toContain(collector.adminToken)
  expect(text).not.toContain(collector.ingestKey)
})

test('health, readiness and metrics are there on both ports', async () => {
  for (const port of [collector.run.ingest, collector.run.app]) {
    expect((await fetch(`${port}/healthz`)).status).toBe(200)
    expect(await (await fetch(`${port}/readyz`)).json()).toEqual({ problems: [] })
    expect(await (await fetch(`${port}/metrics`)).text()).toMatch(/^aftermath_engine_up 1$/m)
  }
})
