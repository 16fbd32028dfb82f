import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { credentials, status } from '@grpc/grpc-js'
import { jsonToProtobuf } from '@aftermath/otlp/json-request'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { grpcClient, METHODS, type GrpcClient } from './harness/grpc.ts'
import { traceRequest } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
let client: GrpcClient
beforeAll(async () => {
  collector = await startCollector({ AFTERMATH_OPEN_INGEST: 'never' })
  client = grpcClient(collector.run.grpc)
})
afterAll(async () => {
  client[Symbol.dispose]()
  await collector[Symbol.asyncDispose]()
})

const span = (startMs = Date.now()) => ({ startMs, durationMs: 1, failed: false, route: '/' })

function traces(service: string, spans = [span()]): Uint8Array {
  const json = traceRequest({ service, version: '1', environment: 'test' }, spans)
  const converted = jsonToProtobuf('traces', Buffer.from(JSON.stringify(json)))
  if (converted.outcome !== 'ok') throw new Error('The request is malformed')
  return converted.bytes
}

const withKey = () => ({ authorization: `Bearer ${collector.ingestKey}` })
const exportTraces = (body: Uint8Array, metadata: Record<string, string> = withKey()) =>
  client.call({ method: METHODS.traces, body, metadata })

const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

test.each<[string, () => Record<string, string>]>([
  ['a bearer', withKey],
  ['x-aftermath-key', () => ({ 'x-aftermath-key': collector.ingestKey })],
])('takes a request whose key is %s, answers nothing, and stores it', async (name, metadata) => {
  const answer = await exportTraces(traces(`grpc ${name}`), metadata())
  expect(answer).toMatchObject({ code: status.OK, body: Buffer.alloc(0) })
  await until('the span can be read', async () => {
    const rows = await collector.sql(`SELECT 1 FROM otel_traces WHERE ServiceName = 'grpc ${name}'`)
    return rows.length === 1 ? true : undefined
  })
})

test.each([
  ['gzip', 2],
  ['deflate', 1],
])('takes a message compressed with %s', async (name, algorithm) => {
  using compressing = grpcClient(collector.run.grpc, {
    'grpc.default_compression_algorithm': algorithm,
  })
  const body = traces(
    `compressed ${name}`,
    Array.from({ length: 50 }, () => span()),
  )
  const answer = await compressing.call({ method: METHODS.traces, body, metadata: withKey() })
  expect(answer.code).toBe(status.OK)
  await until('the spans can be read', async () => {
    const rows = await collector.sql(
      `SELECT 1 FROM otel_traces WHERE ServiceName = 'compressed ${name}'`,
    )
    return rows.length === 50 ? true : undefined
  })
})

test('equal requests that were answered are as many requests, over HTTP as well', async () => {
  const body = traces('equal requests')
  for (let i = 0; i < 3; i++) expect((await exportTraces(body)).code).toBe(status.OK)
  for (let i = 0; i < 3; i++) {
    const answer = await fetch(`${collector.run.ingest}/v1/traces`, {
      method: 'POST',
      headers: { ...withKey(), 'content-type': 'application/x-protobuf' },
      body,
    })
    expect(answer.status).toBe(200)
  }
  await until('all of them can be read', async () => {
    const rows = await collector.sql(
      `SELECT 1 FROM otel_traces WHERE ServiceName = 'equal requests'`,
    )
    return rows.length === 6 ? true : undefined
  })
})

test('an empty message of each signal is a success', async () => {
  for (const method of Object.values(METHODS)) {
    const answer = await client.call({ method, body: Buffer.alloc(0), metadata: withKey() })
    expect(answer).toMatchObject({ code: status.OK, body: Buffer.alloc(0) })
  }
})

test('what cannot be kept is told beside the success', async () => {
  const old = span(Date.now() - 365 * 86_400_000)
  const answer = await exportTraces(traces('partly', [span(), old]))
  expect(answer.code).toBe(status.OK)
  // ExportTraceServiceResponse.partial_success { rejected_spans: 1, … }
  expect(answer.body?.[0]).toBe(0x0a)
  expect(answer.body?.subarray(2, 4)).toEqual(Buffer.from([0x08, 1]))
  expect(answer.body?.toString()).toContain('older than the retention')
})

test.each<
  [
    string,
    number,
    RegExp,
    { details?: string; body?: () => Uint8Array; metadata?: Record<string, string> },
  ]
>([
  ['no key', status.UNAUTHENTICATED, /No key/, { metadata: {} }],
  [
    'a wrong key',
    status.UNAUTHENTICATED,
    /Unknown key/,
    { metadata: { authorization: 'Bearer wrong' } },
  ],
  [
    'bytes that are no request',
    status.INVALID_ARGUMENT,
    /resource_spans/,
    { details: BAD_REQUEST, body: () => Buffer.from([0x0a, 0xff, 0x01, 0x00]) },
  ],
  [
    'a message beyond 20 MiB',
    status.RESOURCE_EXHAUSTED,
    /20 MiB/,
    { body: () => Buffer.alloc(21 * 2 ** 20) },
  ],
])(
  '%s is answered with code %i and why',
  async (_what, code, message, { details, body, metadata }) => {
    const answer = await exportTraces(body?.() ?? traces('refused'), metadata ?? withKey())
    expect(answer.code).toBe(code)
    expect(answer.message).toMatch(message)
    expect(answer.details?.[1]).toBe(code) // field 1 of a google.rpc.Status
    if (details !== undefined) expect(answer.details?.toString()).toContain(details)
    // Without it, a sender drops what is refused: sending it again cannot help.
    expect(answer.details?.toString()).not.toContain(RETRY_INFO)
  },
)

test('profiles and unknown methods are UNIMPLEMENTED', async () => {
  for (const method of [
    '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export',
    '/opentelemetry.proto.collector.trace.v1.TraceService/Import',
    '/grpc.health.v1.Health/Ask',
  ]) {
    const answer = await client.call({ method, body: Buffer.alloc(0), metadata: withKey() })
    expect(answer.code).toBe(status.UNIMPLEMENTED)
  }
})

test('the health service says SERVING, and NOT_FOUND for a service of a name', async () => {
  const method = '/grpc.health.v1.Health/Check'
  expect(await client.call({ method, body: Buffer.alloc(0) })).toMatchObject({
    code: status.OK,
    body: Buffer.from([0x08, 1]),
  })
  const named = await client.call({ method, body: Buffer.from('\n\u0004shop') })
  expect(named.code).toBe(status.NOT_FOUND)
})

// What the client library never does, on a bare HTTP/2 session.

async function bare<T>(act: (session: ClientHttp2Session) => Promise<T>): Promise<T> {
  const session = connectHttp2(`http://${collector.run.grpc}`)
  session.on('error', () => {}) // ended by the other side
  try {
    return await act(session)
  } finally {
    session.destroy()
  }
}

const headersOf = (more: Record<string, string> = {}) => ({
  ':method': 'POST',
  ':path': METHODS.traces,
  'content-type': 'application/grpc',
  te: 'trailers',
  ...withKey(),
  ...more,
})

function framed(message: Uint8Array, isCompressed = false): Buffer {
  const prefix = Buffer.from([isCompressed ? 1 : 0, 0, 0, 0, 0])
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** The status of one call. */
async function send(session: ClientHttp2Session, body: Uint8Array | undefined, more = {}) {
  const stream = session.request(headersOf(more))
  if (body !== undefined) stream.end(body)
  stream.resume()
  const statuses: unknown[] = []
  stream.on('response', (headers) => statuses.push(headers['grpc-status']))
  stream.on('trailers', (headers) => statuses.push(headers['grpc-status']))
  await once(stream, 'close').catch((error: unknown) => error) // a reset shows in the code
  return { status: Number(statuses.findLast((code) => code !== undefined)), code: stream.rstCode }
}

test.each<[string, number, Uint8Array, Record<string, string>]>([
  [
    'an encoding we do not know',
    status.UNIMPLEMENTED,
    framed(Buffer.alloc(3), true),
    { 'grpc-encoding': 'snappy' },
  ],
  [
    'a compressed message whose encoding is not said',
    status.INVALID_ARGUMENT,
    framed(Buffer.alloc(3), true),
    {},
  ],
  [
    'broken gzip',
    status.INVALID_ARGUMENT,
    framed(Buffer.from('plain'), true),
    { 'grpc-encoding': 'gzip' },
  ],
  [
    'a bomb',
    status.RESOURCE_EXHAUSTED,
    framed(gzipSync(Buffer.alloc(30 * 2 ** 20)), true),
    { 'grpc-encoding': 'gzip' },
  ],
  ['no message', status.INVALID_ARGUMENT, Buffer.alloc(0), {}],
  ['a message cut short', status.INVALID_ARGUMENT, framed(Buffer.alloc(9)).subarray(0, 9), {}],
  [
    'two messages',
    status.INVALID_ARGUMENT,
    Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))]),
    {},
  ],
  [
    'a prefix that announces 4 GiB',
    status.RESOURCE_EXHAUSTED,
    Buffer.from([0, 255, 255, 255, 255]),
    {},
  ],
])('%s gets the status %i', async (_what, expected, body, headers) => {
  const { status: found } = await bare((session) => send(session, body, headers))
  expect(found).toBe(expected)
})

test('too large a message is refused from its prefix, before it is sent', async () => {
  const found = await bare((session) => {
    const stream = session.request(headersOf())
    stream.write(Buffer.from([0, 0x7f, 0, 0, 0]))
    return once(stream, 'response').then(([headers]) => Number(headers['grpc-status']))
  })
  expect(found).toBe(status.RESOURCE_EXHAUSTED)
})

test('metadata beyond 16 KiB is RESOURCE_EXHAUSTED', async () => {
  const answer = await exportTraces(traces('chatty'), { ...withKey(), large: 'x'.repeat(20_000) })
  expect(answer.code).toBe(status.RESOURCE_EXHAUSTED)
})

test('what is no gRPC is told so by HTTP', async () => {
  const found = await bare((session) => {
    const stream = session.request(headersOf({ 'content-type': 'application/json' }))
    stream.end('{}')
    return once(stream, 'response').then(([headers]) => Number(headers[':status']))
  })
  expect(found).toBe(415)
})

test('a sender of HTTP/1 is shown among the attempts with what to do', async () => {
  await expect(fetch(`http://${collector.run.grpc}/v1/traces`)).rejects.toThrow()
  const attempt = await until('it is noted', async () => {
    const answer = await collector.api('/api/v1/onboarding')
    const { data } = (await answer.json()) as {
      data: { attempts: { what: string; fix: string }[] }
    }
    return data.attempts.find(({ what }) => what === 'HTTP/1')
  })
  expect(attempt.fix).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=grpc')
})

test('at most 100 calls go at once on a session', async () => {
  const settings = await bare(async (session) => {
    const [found] = await once(session, 'remoteSettings')
    return found as { maxConcurrentStreams: number }
  })
  expect(settings.maxConcurrentStreams).toBe(100)
})

test('a session that resets its calls by the hundred is ended, others are not', async () => {
  const code = await bare(async (session) => {
    const ended = once(session, 'goaway')
    for (let i = 0; i < 400; i++) {
      const stream = session.request(headersOf())
      stream.on('error', () => {})
      stream.close(constants.NGHTTP2_CANCEL)
      if (i % 50 === 0) await new Promise((resolve) => session.ping(resolve))
    }
    const [found] = await ended
    return found as number
  })
  expect(code).not.toBe(constants.NGHTTP2_NO_ERROR)
  expect((await exportTraces(traces('after resets'))).code).toBe(status.OK)
})

test('requests are counted as gRPC', async () => {
  await exportTraces(traces('counted'))
  const text = await (await fetch(`${collector.run.ingest}/metrics`)).text()
  expect(text).toMatch(
    /aftermath_ingest_requests_total\{protocol="grpc",signal="traces",outcome="accepted"\} \d/,
  )
  expect(text).toMatch(
    /aftermath_ingest_requests_total\{protocol="grpc",signal="traces",outcome="refused"\} \d/,
  )
})

test('a sender of this machine needs no key where the settings say so, with TLS and without', async () => {
  const file = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
  const cert = file('localhost.cert.pem')
  await using open = await startCollector({
    AFTERMATH_TLS_CERT: cert,
    AFTERMATH_TLS_KEY: file('localhost.key.pem'),
  })
  const target = open.run.grpc
  using trusting = grpcClient(target, {}, credentials.createSsl(readFileSync(cert)))
  expect((await trusting.call({ method: METHODS.traces, body: traces('tls') })).code).toBe(
    status.OK,
  )
  using plain = grpcClient(target)
  expect((await plain.call({ method: METHODS.traces, body: traces('plain') })).code).toBe(
    status.UNAVAILABLE,
  )
})

test('a stop tells sessions by GOAWAY, without error, and ends', async () => {
  await using stopping = await startCollector()
  const session = connectHttp2(`http://${stopping.run.grpc}`)
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  const watch = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Watch',
    'content-type': 'application/grpc',
  })
  watch.end(framed(Buffer.alloc(0)))
  const [first] = await once(watch, 'data')
  expect(first).toEqual(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]))
  watch.resume()
  const goaway = once(session, 'goaway')
  expect(await stopping.kill('SIGTERM')).toBe(0)
  expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
})
