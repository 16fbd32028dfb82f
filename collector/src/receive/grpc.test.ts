import { once } from 'node:events'
import { connect, constants, createServer, type ClientHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { expect, test } from 'vitest'
import { seedRequests } from '../../../packages/otlp/test/mutant-seeds.ts'
import { protobufOf } from '../../test/project.ts'
import type { Control } from '../control/control.ts'
import type { Journal } from '../journal/journal.ts'
import { openMetrics } from '../observe/metrics.ts'
import { frame } from './grpc-answer.ts'
import { openAttempts, openReceiver } from './receive.ts'

const log = { info() {}, warn() {}, error() {}, fatal() {} } as unknown as Logger // the part that is used
const project = { number: 1, slug: 'default', name: 'Default', createdAt: '' }
const control = {
  keyless: () => ({ outcome: 'known', keyId: 0, project }),
} as unknown as Control // the part that is asked

/** gRPC over a real session into a journal that writes when it is told to. */
async function open() {
  const writing = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const undelivered: unknown[] = []
  const journal = {
    state: 'open',
    async append() {
      asked.resolve()
      await writing.promise
      return { outcome: 'durable' }
    },
    undelivered: (request: unknown) => void undelivered.push(request),
  } as unknown as Journal // the part that is used
  const receiver = openReceiver({
    config: { openIngest: 'loopback', trustedProxies: [] },
    control,
    journal,
    pressure: { sheds: () => false },
    attempts: openAttempts(Date.now),
    metrics: openMetrics('test'),
    log,
    now: Date.now,
  })
  const closed = Promise.withResolvers<void>()
  const server = createServer().on('stream', (stream, headers) => {
    stream.on('error', () => {}) // the sender went away
    stream.once('close', closed.resolve)
    receiver.handleCall(stream, headers)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  const session = connect(`http://127.0.0.1:${port}`)
  return {
    undelivered,
    asked: asked.promise,
    closed: closed.promise,
    write: writing.resolve,
    send(): ClientHttp2Stream {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        'content-type': 'application/grpc',
      })
      stream.on('error', () => {}) // cancelled
      stream.resume()
      stream.end(frame(protobufOf('traces', seedRequests(Date.now()).traces[0])))
      return stream
    },
    async [Symbol.asyncDispose]() {
      session.destroy()
      server.close()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

test('a call that was answered is delivered', async () => {
  await using grpc = await open()
  const stream = grpc.send()
  grpc.write()
  const [trailers] = await once(stream, 'trailers')
  expect(trailers).toMatchObject({ 'grpc-status': '0' })
  await grpc.closed
  expect(grpc.undelivered).toEqual([])
})

test('a call that is cancelled while it is written is not: its sender may come again', async () => {
  await using grpc = await open()
  const stream = grpc.send()
  await grpc.asked
  stream.close(constants.NGHTTP2_CANCEL)
  await grpc.closed
  grpc.write()
  expect(grpc.undelivered).toHaveLength(1)
})
