import { request, type Agent, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import * as zlib from 'node:zlib'
import type { Mutant } from '../../packages/otlp/test/mutants.ts'

/** Chooses: an integer below `count`. */
export type Choose = (count: number) => number

export type Target = { ingest: string; app: string; key: string; agent: Agent }

type Sent = { url: string; method: string; headers: OutgoingHttpHeaders; body: Uint8Array }

/**
 * Sends a mutant over HTTP: mostly as an exporter would, else with something wrong about its
 * compression or its head.
 *
 * @returns the status, or `lost` where the connection ended without one
 */
export function sendHttp(mutant: Mutant, target: Target, choose: Choose): Promise<number | 'lost'> {
  const sent = plainly(mutant, target)
  const how = choose(10)
  if (how < 3) compress(sent, choose)
  else if (how === 3) spoilHead(sent, target, choose)
  return send(sent, target.agent)
}

function plainly({ kind, type, bytes }: Mutant, { ingest, key }: Target): Sent {
  return {
    url: `${ingest}/v1/${kind}`,
    method: 'POST',
    headers: {
      'content-type': type === 'json' ? 'application/json' : 'application/x-protobuf',
      authorization: `Bearer ${key}`,
    },
    body: bytes,
  }
}

const PACKERS: readonly [name: string, pack: (bytes: Uint8Array) => Uint8Array][] = [
  ['gzip', (bytes) => zlib.gzipSync(bytes, { level: 1 })],
  ['x-gzip', (bytes) => zlib.gzipSync(bytes, { level: 1 })],
  ['deflate', (bytes) => zlib.deflateSync(bytes, { level: 1 })],
  ['deflate', (bytes) => zlib.deflateRawSync(bytes, { level: 1 })],
  ['zstd', (bytes) => zlib.zstdCompressSync(bytes)],
  [
    'br',
    (bytes) =>
      zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  ],
]
const ENCODINGS = ['identity', 'gzip', 'snappy', 'gzip, gzip', '', 'zstd', 'br', 'deflate']

function compress(sent: Sent, choose: Choose): void {
  const [name, pack] = PACKERS[choose(PACKERS.length)]! // below its length
  const packed = Buffer.from(pack(sent.body))
  const damage = choose(5)
  if (damage === 0 && packed.length > 0) packed[choose(packed.length)]! ^= 1 << choose(8)
  sent.body = damage === 1 ? packed.subarray(0, choose(packed.length)) : packed
  sent.headers['content-encoding'] = damage === 2 ? ENCODINGS[choose(ENCODINGS.length)] : name
}

const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']
const PATHS = [
  '/v1/traces/',
  '/v1/trace',
  '/v1/',
  '/',
  '//v1/traces',
  '/v1/metrics?x=%ff&key=%zz',
  '/v1development/profiles',
  '/v1/feedback',
  '/api/1/envelope/',
  '/api/1/store/',
  '/%00%ff%2e%2e/v1/logs',
  `/v1/traces?${'x'.repeat(9000)}`,
  '/healthz',
]
const TYPES = [
  '',
  'text/plain',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/grpc',
  'x'.repeat(2000),
]

type Spoil = (sent: Sent, target: Target, choose: Choose) => void

const SPOILS: readonly Spoil[] = [
  (sent, _, choose) => void (sent.method = METHODS[choose(METHODS.length)]!),
  (sent, { ingest }, choose) => void (sent.url = ingest + PATHS[choose(PATHS.length)]!),
  (sent, { ingest, app }) => void (sent.url = sent.url.replace(ingest, app)),
  (sent, _, choose) => void (sent.headers['content-type'] = TYPES[choose(TYPES.length)]),
  (sent) => void delete sent.headers['content-type'],
  (sent) => void delete sent.headers['authorization'],
  (sent, { key }) => {
    delete sent.headers['authorization']
    sent.url += `?key=${key}`
  },
  (sent) => void (sent.headers['authorization'] = 'Bearer 0123456789abcdef0123456789abcdef'),
  (sent) => void (sent.headers['x-large'] = 'x'.repeat(20_000)),
  (sent) => {
    for (let i = 0; i < 150; i++) sent.headers[`x-${i}`] = 'many'
  },
  (sent) => void (sent.headers['origin'] = 'https://elsewhere.example'),
  (sent) => void (sent.headers['x-forwarded-for'] = '::ffff:, 300.1.1.1'),
  (sent) => void (sent.headers['host'] = 'elsewhere.example'),
  (sent) => void (sent.headers['expect'] = '100-continue'),
]

function spoilHead(sent: Sent, target: Target, choose: Choose): void {
  SPOILS[choose(SPOILS.length)]!(sent, target, choose) // below its length
}

function send({ url, method, headers, body }: Sent, agent: Agent): Promise<number | 'lost'> {
  return new Promise((resolve) => {
    const sending = request(url, {
      agent,
      method,
      headers: { ...headers, 'content-length': body.length },
    })
    sending.on('error', () => resolve('lost'))
    sending.on('response', (answer) => {
      answer.resume()
      answer.on('close', () => resolve(answer.statusCode ?? 'lost'))
    })
    sending.end(body)
  })
}

const HEADS = [
  'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
  'POST /v1/traces HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n',
  'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
  'POST /v1/traces HTTP/9.9\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"res',
  '',
]

/** Bytes that are no request, on a connection that then ends. */
export async function sendGarbage(
  address: string,
  bytes: Uint8Array,
  choose: Choose,
): Promise<void> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {}) // whatever comes, comes
  socket.resume()
  const closed = new Promise((resolve) => void socket.once('close', resolve))
  socket.write(HEADS[choose(HEADS.length)]!)
  socket.end(bytes)
  socket.setTimeout(1000, () => socket.destroy())
  await closed
}
