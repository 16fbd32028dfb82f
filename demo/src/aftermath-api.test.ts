import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { NewProject } from '@aftermath/schemas/api/session'
import { expect, test } from 'vitest'
import { createApi } from './aftermath-api.ts'

const META = {
  now: '2026-01-05T10:00:00Z',
  watermark: '2026-01-05T10:00:00Z',
  partial: false,
  elapsedMs: 1,
  nextCursor: null,
  environment: null,
}
const PROJECT = {
  slug: 'demo',
  number: 2,
  name: 'Demo shop',
  ingestKey: 'k3y',
  createdAt: META.now,
}
const refusal = (status: number, title: string) => ({ type: 'about:blank', title, status })

/** A collector that answers each `METHOD path` as told, and keeps what it was sent. */
async function startCollector(answers: Record<string, { status: number; body: unknown }>) {
  const sent: { authorization: string | undefined; body: unknown }[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request)
      sent.push({
        authorization: request.headers.authorization,
        body: body === '' ? undefined : JSON.parse(body),
      })
      const path = (request.url ?? '').split('?')[0]
      const answer = answers[`${request.method} ${path}`] ?? { status: 404, body: {} }
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer.body))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const app = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    api: createApi({ app, token: 't0ken' }),
    sent,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('the first demo makes the project', async () => {
  await using collector = await startCollector({
    'POST /api/v1/projects': { status: 201, body: { data: PROJECT, meta: META } },
  })
  expect(await collector.api.openProject()).toEqual({ ingestKey: 'k3y', isNew: true })
  expect(collector.sent[0]?.authorization).toBe('Bearer t0ken')
  expect(NewProject.parse(collector.sent[0]?.body)).toMatchObject({ slug: 'demo' })
})

test('a later one finds its key among the projects', async () => {
  const other = { ...PROJECT, slug: 'default', ingestKey: 'another' }
  await using collector = await startCollector({
    'POST /api/v1/projects': { status: 409, body: refusal(409, 'The project exists') },
    'GET /api/v1/projects': { status: 200, body: { data: [other, PROJECT], meta: META } },
  })
  expect(await collector.api.openProject()).toEqual({ ingestKey: 'k3y', isNew: false })
})

test('an earlier story began with its first deployment and was told until its last request', async () => {
  const deployment = {
    id: 'd',
    service: 'checkout',
    version: '2.3.0',
    environment: 'production',
    status: 'succeeded',
    irreversibleMigration: false,
    source: 'demo',
    finishedAt: null,
    recordedAt: META.now,
  }
  const service = {
    service: 'checkout',
    environments: ['production'],
    requests: 1,
    failures: 0,
    p95Ns: null,
    versions: 1,
    firstSeen: '2026-01-05T05:00:00Z',
    current: null,
  }
  const times = ['2026-01-05T07:30:00.000Z', '2026-01-05T05:00:00.000Z']
  const seen = ['2026-01-05T09:59:00Z', '2026-01-05T09:58:00Z']
  await using collector = await startCollector({
    'GET /api/v1/deployments': {
      status: 200,
      body: { data: times.map((startedAt) => ({ ...deployment, startedAt })), meta: META },
    },
    'GET /api/v1/services': {
      status: 200,
      body: { data: seen.map((lastSeen) => ({ ...service, lastSeen })), meta: META },
    },
  })
  expect(await collector.api.readEarlierStory()).toEqual({
    beginMs: Date.UTC(2026, 0, 5, 5),
    lastSeenMs: Date.UTC(2026, 0, 5, 9, 59),
  })
})

test('what the collector refuses is told in its own words', async () => {
  await using collector = await startCollector({
    'POST /api/v1/projects': { status: 401, body: refusal(401, 'The token is not known') },
  })
  await expect(collector.api.openProject()).rejects.toThrow('401: The token is not known')
})
