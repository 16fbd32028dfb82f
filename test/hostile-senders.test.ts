import { connect, type Socket } from 'node:net'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMemoryMb } from './bench/process-usage.ts'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

const MiB = 2 ** 20

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector[Symbol.asyncDispose]())

const span = () => ({ startMs: Date.now(), durationMs: 1, failed: false, route: '/' })
const resource = { service: 'bystander', version: '1', environment: 'test' }
const bystander = () => post(collector.run.ingest, 'traces', traceRequest(resource, [span()]))
const memoryMb = () => readMemoryMb(collector.run.pids.collector)

/** Members one behind the other are one body: 16 MiB each out of 16 KiB. */
function gzipBomb(plainBytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(16 * MiB))
  return Buffer.concat(Array.from({ length: Math.ceil(plainBytes / (16 * MiB)) }, () => member))
}

const fastBrotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }
const BOMBS: [string, string, string, () => Buffer][] = [
  ['10 MiB', 'gzip', 'application/x-protobuf', () => gzipSync(Buffer.alloc(10 * MiB))],
  ['10 GiB', 'gzip', 'application/x-protobuf', () => gzipBomb(10_240 * MiB)],
  ['10 GiB', 'gzip', 'application/json', () => gzipBomb(10_240 * MiB)],
  ['300 MiB', 'zstd', 'application/x-protobuf', () => zstdCompressSync(Buffer.alloc(300 * MiB))],
  [
    '300 MiB',
    'br',
    'application/json',
    () => brotliCompressSync(Buffer.alloc(300 * MiB), fastBrotli),
  ],
]

const sendBody = (body: Buffer | string, encoding: string, type: string) =>
  fetch(`${collector.run.ingest}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': type, 'content-encoding': encoding },
    body,
  })

test('bombs are stopped, not inflated: others are answered, and memory stays', async () => {
  // The thread for large bodies is there before: its own memory is no bomb's.
  const spans = Array.from({ length: 20_000 }, span)
  const large = JSON.stringify(traceRequest(resource, spans))
  expect((await sendBody(large, 'identity', 'application/json')).status).toBe(200)
  const beforeMb = memoryMb().peak
  for (const [, encoding, type, make] of BOMBS) {
    const answers = await Promise.all([sendBody(make(), encoding, type), bystander()])
    expect([encoding, ...answers.map(({ status }) => status)]).toEqual([encoding, 413, 200])
  }
  expect(memoryMb().peak - beforeMb).toBeLessThan(100)
})

function dial(text: string): Socket {
  const { hostname, port } = new URL(collector.run.ingest)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {}) // it is cut off: that is what this is about
  socket.resume()
  socket.write(text)
  return socket
}

const HEAD = 'POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n'

async function openSockets(): Promise<number> {
  const answer = await fetch(`${collector.run.ingest}/metrics`)
  return Number(/aftermath_open_sockets\{port="ingest"\} (\d+)/.exec(await answer.text())?.[1])
}

test('hundreds of slow and idle senders hold up nobody, and slow bodies are cut off', async () => {
  const beforeMb = memoryMb().now
  const before = await openSockets()
  const idle = Array.from({ length: 1000 }, () => dial(''))
  const slowHeads = Array.from({ length: 100 }, () => dial('POST /v1/tra'))
  const slowBodies = Array.from({ length: 100 }, () =>
    dial(`${HEAD}content-length: 1000000\r\n\r\n{`),
  )
  const closed = Promise.all(
    slowBodies.map((socket) => new Promise((resolve) => socket.once('close', resolve))),
  )
  await until('all are connected', async () =>
    (await openSockets()) >= before + 1200 ? true : undefined,
  )
  for (let i = 0; i < 100; i++) dial(`${HEAD}content-length: 100000\r\n\r\n{`).resetAndDestroy()
  for (let i = 0; i < 20; i++) expect((await bystander()).status).toBe(200)
  await closed
  for (const socket of [...idle, ...slowHeads]) socket.destroy()
  await until('the sockets are free', async () =>
    (await openSockets()) <= before + 2 ? true : undefined,
  )
  expect(memoryMb().now - beforeMb).toBeLessThan(100)
})
