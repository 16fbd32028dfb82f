import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { countRows } from '@aftermath/otlp/check'
import type { Logger } from 'pino'
import { expect, test } from 'vitest'
import type { Control } from '../control/control.ts'
import { openJournal } from '../journal/journal.ts'
import { openMetrics } from '../observe/metrics.ts'
import { isShed, SHED_ORDER, type Sheddable } from '../shed-level.ts'
import { receiveLimits, type ReceiveLimits } from './limits.ts'
import { openAttempts, openReceiver } from './receive.ts'

const log = { info() {}, warn() {}, error() {}, fatal() {} } as unknown as Logger // the part that is used

/** Two keys of one project. */
const KEYS = new Map([
  ['greedy', 1],
  ['modest', 2],
])
const project = { number: 1, slug: 'default', name: 'Default', createdAt: '' }
const control = {
  findKey: (key: string) => ({ outcome: 'known', keyId: KEYS.get(key), project }),
} as unknown as Control // the part that is asked

type Options = { limits?: Partial<ReceiveLimits>; shedLevel?: number }

/** Intake over real sockets into a real journal. */
async function open({ limits = {}, shedLevel = 0 }: Options = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'aftermath-receive-'))
  const metrics = openMetrics('test')
  const journal = await openJournal({ dir: join(dir, 'journal'), log, now: Date.now, countRows })
  const receiver = openReceiver({
    config: { openIngest: 'never', trustedProxies: [] },
    control,
    journal,
    pressure: { sheds: (what) => isShed(what, shedLevel) },
    attempts: openAttempts(Date.now),
    metrics,
    log,
    now: Date.now,
    limits,
  })
  const handle = (...pair: Parameters<typeof receiver.handle>) => void receiver.handle(...pair)
  const server = createServer(handle).on('checkContinue', handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  const url = `http://127.0.0.1:${port}`
  return {
    port,
    metrics,
    post: (body: string | ReadableStream, key = 'modest', kind = 'traces') =>
      fetch(`${url}/v1/${kind}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-aftermath-key': key },
        body,
        ...({ duplex: 'half' } as object), // of undici, for bodies that stream
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await server[Symbol.asyncDispose]()
      await receiver[Symbol.asyncDispose]()
      await journal[Symbol.asyncDispose]()
      await rm(dir, { recursive: true })
    },
  }
}

const reasonsOf = async ({ metrics }: Awaited<ReturnType<typeof open>>) =>
  (await metrics.ingestRejectedItems.get()).values.map(({ labels }) => labels.reason)

/** Writes a head and pieces of a body, and reads until the other end closes. */
async function talk(port: number, head: Record<string, string>, pieces: AsyncIterable<Buffer>) {
  const socket = connect(port, '127.0.0.1')
  const answer: Buffer[] = []
  socket.on('data', (piece) => answer.push(piece))
  socket.on('error', () => {}) // it is closed while we write
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(
    `POST /v1/traces HTTP/1.1\r\nhost: a\r\nx-aftermath-key: modest\r\ncontent-type: application/json\r\n${lines.join('')}\r\n`,
  )
  let sentBytes = 0
  for await (const piece of pieces) {
    if (socket.destroyed) break
    sentBytes += piece.length
    if (!socket.write(piece)) {
      const drained = new Promise((resolve) => socket.once('drain', resolve))
      await Promise.race([drained, closed])
    }
  }
  await closed
  return { answer: String(Buffer.concat(answer)), sentBytes }
}

async function* trickle(pauseMs: number) {
  for (;;) {
    yield Buffer.from(' ')
    await setTimeout(pauseMs)
  }
}

test('a body that trickles ends with 408, and its socket is closed', async () => {
  const limits = { slowAfterMs: 200, lingerMs: 100 }
  await using intake = await open({ limits })
  const { answer } = await talk(intake.port, { 'content-length': '100000' }, trickle(20))
  expect(answer).toMatch(/^HTTP\/1.1 408 /)
  expect(await reasonsOf(intake)).toEqual(['slow'])
})

async function* flood() {
  for (;;) yield Buffer.from('10000\r\n' + ' '.repeat(0x10000) + '\r\n')
}

test('a body without end is refused at its limit, and little more of it is read', async () => {
  await using intake = await open({ limits: { lingerMs: 100 } })
  const { answer, sentBytes } = await talk(intake.port, { 'transfer-encoding': 'chunked' }, flood())
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
  // Buffers of both sockets hold some; nobody reads on.
  expect(sentBytes).toBeLessThan(receiveLimits.wireBytesMax + 16 * 2 ** 20)
})

test('a body that announces too much is refused before it is sent', async () => {
  await using intake = await open({ limits: { lingerMs: 50 } })
  const head = { 'content-length': String(30 * 2 ** 20), expect: '100-continue' }
  const { answer } = await talk(intake.port, head, silence())
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
  expect(answer).not.toContain('100 Continue')
})

// oxlint-disable-next-line require-yield
async function* silence(): AsyncGenerator<Buffer> {}

test('a key beyond its rate is told when to come again; another key is not', async () => {
  // Two at once, then one in 50 s.
  await using intake = await open({ limits: { requestsPerSecond: 0.02, burstSeconds: 100 } })
  const statuses: number[] = []
  for (let i = 0; i < 3; i++) statuses.push((await intake.post('{}', 'greedy')).status)
  expect(statuses).toEqual([200, 200, 429])
  const refused = await intake.post('{}', 'greedy')
  const waitSeconds = Number(refused.headers.get('retry-after'))
  expect(waitSeconds).toBeGreaterThanOrEqual(30) // 50 s ± 20 %, some of which is over
  expect(waitSeconds).toBeLessThanOrEqual(60)
  expect((await intake.post('{}', 'modest')).status).toBe(200)
  expect(await reasonsOf(intake)).toEqual(['rate'])
})

/** A body of which a part is sent, until it is let go on. */
function held(bytes: number) {
  const released = Promise.withResolvers<void>()
  const stream = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(`{"a":"${'x'.repeat(bytes)}"`))
      await released.promise
      controller.enqueue(new TextEncoder().encode('}'))
      controller.close()
    },
  })
  return { stream, release: released.resolve }
}

test('what one key holds leaves room for another, and is refused with 503 beyond its share', async () => {
  const KiB = 1024
  const limits = { inFlightBytesMax: 400 * KiB, inFlightKeyBytesMin: 10 * KiB, lingerMs: 50 }
  await using intake = await open({ limits })
  expect((await intake.post('{}', 'modest')).status).toBe(200) // it is active
  const bodies = Array.from({ length: 3 }, () => held(95 * KiB))
  const answers = bodies.map(({ stream }) => intake.post(stream, 'greedy'))
  const refused = await Promise.race(answers)
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(4)
  expect((await intake.post(JSON.stringify({ a: 'y'.repeat(90 * KiB) }), 'modest')).status).toBe(
    200,
  )
  for (const { release } of bodies) release()
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 503])
})

test('a legal request that is larger than the bound goes alone', async () => {
  await using intake = await open({ limits: { inFlightBytesMax: 1000 } })
  expect((await intake.post(JSON.stringify({ a: 'x'.repeat(100_000) }))).status).toBe(200)
})

test.each<[Sheddable, number[]]>([
  ['live', [200, 200, 200]],
  ['metrics', [503, 200, 200]],
  ['logs', [503, 503, 200]],
  ['traces', [503, 503, 503]],
])('under pressure up to %s, metrics, logs and traces are answered %o', async (what, expected) => {
  await using intake = await open({ shedLevel: SHED_ORDER.indexOf(what) + 1 })
  const answers = ['metrics', 'logs', 'traces'].map((kind) => intake.post('{}', 'modest', kind))
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(expected)
})

test('a sender that resets in the middle of its body holds nothing afterwards', async () => {
  await using intake = await open({ limits: { inFlightBytesMax: 200_000 } })
  for (let i = 0; i < 5; i++) {
    const socket = connect(intake.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nhost: a\r\nx-aftermath-key: greedy\r\ncontent-type: application/json\r\ncontent-length: 150000\r\n\r\n',
    )
    socket.write(Buffer.alloc(100_000, ' '), () => socket.resetAndDestroy())
    await once(socket, 'close')
  }
  const body = JSON.stringify({ a: 'x'.repeat(150_000) })
  await expect.poll(async () => (await intake.post(body)).status, { timeout: 5000 }).toBe(200)
})
