import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { LoadPlan, type LoadInput } from './load-plan.ts'
import { sendLoad, type Ready } from './send-load.ts'

const requests = ['a', 'bb', 'ccc'].map((text): Ready => ({
  kind: 'traces',
  items: text.length,
  bytes: Buffer.from(text),
  patches: undefined,
}))

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const shared = { dir: '', encoding: 'identity', first: 0, connections: 2 } as const
const closed = (url: string, count: number, more: Partial<LoadInput> = {}) =>
  LoadPlan.parse({ ...shared, ...more, url, loop: 'closed', count, timeoutMs: 30_000 })
const open = (url: string, more: object = {}) =>
  LoadPlan.parse({ ...shared, url, loop: 'open', itemsPerSecond: 200, seconds: 0.1, ...more })

test('every request is acknowledged as often as it comes up', async () => {
  const sizes: number[] = []
  await using server = await serve((req, res) => {
    sizes.push(Number(req.headers['content-length']))
    res.end()
  })
  const report = await sendLoad(closed(server.url, 7), requests)
  expect(report.acknowledged.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(report).toMatchObject({ refused: 0, next: 7 })
  expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 3, 3])
})

test('in a closed loop, what is refused for now is sent again and counted once', async () => {
  let seen = 0
  await using server = await serve((_req, res) => {
    if (seen++ === 0) res.writeHead(503, { 'retry-after': '0' })
    res.end()
  })
  const report = await sendLoad(closed(server.url, 3), requests)
  expect(report.acknowledged.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
  expect(report.refused).toBe(1)
})

test.each([
  { what: 'a refusal for good', status: 400, body: 'malformed' },
  { what: 'a success that leaves items out', status: 200, body: 'partial' },
])('$what ends the load: there would be nothing to verify', async ({ status, body }) => {
  await using server = await serve((_req, res) => {
    res.writeHead(status)
    res.end(body)
  })
  await expect(sendLoad(closed(server.url, 3), requests)).rejects.toThrow(body)
  await expect(sendLoad(open(server.url), requests)).rejects.toThrow(body)
})

test('an open loop does not wait for answers, and measures from when a request was due', async () => {
  const held: (() => void)[] = []
  await using server = await serve((_req, res) => {
    held.push(() => res.end())
    if (held.length === 2) for (const answer of held.splice(0)) setTimeout(answer, 300)
    else if (held.length === 1 && report.isLate) res.end()
  })
  const report = { isLate: false }
  // Two connections are taken up for 300 ms; what falls due meanwhile waits for them and says so.
  setTimeout(() => (report.isLate = true), 200)
  const sent = await sendLoad(open(server.url, { seconds: 0.05, graceMs: 2000 }), requests)
  expect(sent.next).toBe(6) // items 1, 2, 3, 1, 2, 3 at 200 a second
  expect(sent.acknowledged.length + sent.unknown.length).toBe(6)
  expect(Math.max(...sent.latenciesMs)).toBeGreaterThan(250)
})

test('what has no answer in the end is unknown and counts with its age', async () => {
  await using server = await serve((req) => req.resume())
  const sent = await sendLoad(
    open(server.url, { seconds: 0.004, graceMs: 100, connections: 1 }),
    requests,
  )
  expect(sent).toMatchObject({ acknowledged: [], unknown: [0] })
  expect(sent.latenciesMs[0]).toBeGreaterThanOrEqual(100)
})

test.each([
  { status: '0', outcome: { acknowledged: [0], refused: 0 } },
  { status: '14', outcome: { acknowledged: [], refused: 1 } },
])('a gRPC call that ends with $status', async ({ status, outcome }) => {
  const bodies: Buffer[] = []
  const server = createHttp2Server()
  server.on('stream', (stream) => {
    stream.on('data', (chunk: Buffer) => bodies.push(chunk))
    stream.on('end', () => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc' },
        { waitForTrailers: true },
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
      stream.end(Buffer.alloc(5))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as above
  const url = `http://127.0.0.1:${port}`
  const warm = connectHttp2(url)
  try {
    const plan = { seconds: 0.004, connections: 1, protocol: 'grpc' }
    expect(await sendLoad(open(url, plan), requests)).toMatchObject(outcome)
    expect(Buffer.concat(bodies).toString('latin1')).toBe('\0\0\0\0\u0001a')
  } finally {
    warm.close()
    server.close()
  }
})
