import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest } from './harness/otlp-json.ts'

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector({ AFTERMATH_OPEN_INGEST: 'never' })
})
afterAll(() => collector[Symbol.asyncDispose]())

const span = () => ({ startMs: Date.now(), durationMs: 1, failed: false, route: '/' })
const valid = () => traceRequest({ service: 'a', version: '1', environment: 'test' }, [span()])

type Sent = {
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

const send = ({ path = '/v1/traces', method = 'POST', headers = {}, body }: Sent) =>
  fetch(`${collector.run.ingest}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${collector.ingestKey}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body !== undefined && { body }),
  })

test.each<[string, number, number, RegExp, Sent]>([
  ['JSON that is none', 400, 3, /./, { body: '{"resourceSpans": [' }],
  [
    'a fraction where an integer belongs',
    400,
    3,
    /resourceSpans|startTimeUnixNano|start_time/,
    {
      body: '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":1.5}]}]}]}',
    },
  ],
  [
    'protobuf that breaks off',
    400,
    3,
    /./,
    {
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from([0x0a, 0xff, 0x01, 0x00]),
    },
  ],
  ['gzip that is none', 400, 3, /gzip/, { headers: { 'content-encoding': 'gzip' }, body: 'plain' }],
  [
    'an encoding of its own',
    415,
    3,
    /snappy/,
    { headers: { 'content-encoding': 'snappy' }, body: 'x' },
  ],
  ['text', 415, 3, /text\/plain/, { headers: { 'content-type': 'text/plain' }, body: 'hello' }],
  ['GET', 405, 12, /GET/, { method: 'GET' }],
  [
    'a key that is unknown',
    401,
    16,
    /[Uu]nknown key/,
    {
      headers: { authorization: 'Bearer 0123456789abcdef0123456789abcdef' },
      body: '{}',
    },
  ],
  ['a path beside it', 404, 12, /OTEL_EXPORTER_OTLP_ENDPOINT/, { path: '/v1/trace', body: '{}' }],
  [
    'a bomb',
    413,
    8,
    /inflates/,
    {
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(30 * 2 ** 20)),
    },
  ],
  ['a body beyond 20 MiB', 413, 8, /20 MiB/, { body: Buffer.alloc(21 * 2 ** 20, ' ') }],
])(
  '%s is %i with a Status of code %i that says why',
  async (_what, status, code, message, request) => {
    const answer = await send(request)
    expect(answer.status).toBe(status)
    if (answer.headers.get('content-type') === 'application/json') {
      const body = (await answer.json()) as { code: number; message: string }
      expect(body.code).toBe(code)
      expect(body.message).toMatch(message)
    } else {
      // The answer has the request's type: field 1 of a Status is its code.
      expect(Buffer.from(await answer.arrayBuffer()).subarray(0, 2)).toEqual(
        Buffer.from([0x08, code]),
      )
    }
  },
)

test('without a key nothing is taken, also from this machine', async () => {
  const answer = await post(collector.run.ingest, 'traces', valid())
  expect(answer.status).toBe(401)
})

test('an empty request is a success and stores nothing', async () => {
  const answer = await send({ body: '{}' })
  expect([answer.status, await answer.text()]).toEqual([200, '{}'])
  const protobuf = await send({ headers: { 'content-type': 'application/x-protobuf' } })
  expect([protobuf.status, (await protobuf.arrayBuffer()).byteLength]).toEqual([200, 0])
})

test('a span of a year ago is left out, told, and the rest is kept', async () => {
  const old = { ...span(), startMs: Date.now() - 365 * 86_400_000 }
  const body = traceRequest({ service: 'a', version: '1', environment: 'test' }, [span(), old])
  const answer = await post(collector.run.ingest, 'traces', body, collector.ingestKey)
  expect(answer.status).toBe(200)
  const { partialSuccess } = (await answer.json()) as {
    partialSuccess: { rejectedSpans: string | number; errorMessage: string }
  }
  expect(Number(partialSuccess.rejectedSpans)).toBe(1)
  expect(partialSuccess.errorMessage).not.toBe('')
})

test('a page of another origin may send with a key: the preflight allows it', async () => {
  const answer = await send({ method: 'OPTIONS', headers: { origin: 'https://shop.example' } })
  expect(answer.status).toBe(204)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('access-control-allow-headers')).toContain('content-type')
})

test('a page that can set no headers sends its key in the URL, and no log repeats it', async () => {
  const key = '0123456789abcdef0123456789abcdef'
  const good = { authorization: '', origin: 'https://shop.example' }
  const path = `/v1/traces?key=${collector.ingestKey}`
  const taken = await send({ path, headers: good, body: '{}' })
  expect([taken.status, taken.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  expect((await send({ path: `/v1/traces?key=${key}`, headers: good, body: '{}' })).status).toBe(
    401,
  )
  expect((await send({ path: `/v1/nothing?key=${key}`, headers: good, body: '{}' })).status).toBe(
    404,
  )
  const attempts = await (await collector.api('/api/v1/onboarding?project=default')).json()
  const { attempts: shown } = (attempts as { data: { attempts: unknown } }).data
  for (const text of [collector.output(), JSON.stringify(shown)]) {
    expect(text).not.toContain(key)
    expect(text).not.toContain('key=')
  }
})

test('the app port takes telemetry too', async () => {
  const answer = await post(collector.run.app, 'traces', valid(), collector.ingestKey)
  expect(answer.status).toBe(200)
})
