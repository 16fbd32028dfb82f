import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { sendLoad } from './send-load.ts'

const requests = ['a', 'bb', 'ccc'].map((text) => Buffer.from(text))

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const plan = (url: string, count: number) => ({
  url,
  file: '',
  encoding: 'identity' as const,
  first: 0,
  count,
  connections: 2,
  timeoutMs: 30_000,
})

test('every request is acknowledged as often as it comes up', async () => {
  const sizes: number[] = []
  await using server = await serve((req, res) => {
    sizes.push(Number(req.headers['content-length']))
    res.end()
  })
  const report = await sendLoad(plan(server.url, 7), requests)
  expect(report).toMatchObject({ acknowledged: [3, 2, 2], refused: 0 })
  expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 3, 3])
})

test('what is refused for now is sent again and counted once', async () => {
  let seen = 0
  await using server = await serve((_req, res) => {
    if (seen++ === 0) res.writeHead(503, { 'retry-after': '0' })
    res.end()
  })
  const report = await sendLoad(plan(server.url, 3), requests)
  expect(report).toMatchObject({ acknowledged: [1, 1, 1], refused: 1 })
})

test.each([
  { what: 'a refusal for good', status: 400, body: 'malformed' },
  { what: 'a success that leaves items out', status: 200, body: 'partial' },
])('$what ends the load: there would be nothing to verify', async ({ status, body }) => {
  await using server = await serve((_req, res) => {
    res.writeHead(status)
    res.end(body)
  })
  await expect(sendLoad(plan(server.url, 3), requests)).rejects.toThrow(body)
})
