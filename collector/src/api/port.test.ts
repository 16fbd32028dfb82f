import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { until } from '../../../test/harness/until.ts'
import { boundSockets } from './bound-sockets.ts'
import { createPort } from './port.ts'

const plain = { tls: undefined, trustedProxies: [] }

async function open(options = {}) {
  let openSockets = () => 0
  const metrics = { openSockets: (_: string, read: () => number) => void (openSockets = read) }
  const server = await createPort({ config: plain, metrics, name: 'test', options }, (req, res) => {
    if (req.headers.expect !== undefined) res.writeContinue()
    req.on('end', () => res.end('answered'))
    req.resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    port,
    openSockets: () => openSockets(),
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections()
      return server[Symbol.asyncDispose]()
    },
  }
}

/** What a socket reads until the other end closes it. */
async function talk(port: number, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(head)
  const pieces: Buffer[] = []
  for await (const piece of socket) pieces.push(piece as Buffer)
  return String(Buffer.concat(pieces))
}

const headers = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}: 1\r\n`).join('')

test.each([
  ['a URL of 9 KiB', `GET /${'a'.repeat(9 * 1024)} HTTP/1.1\r\nhost: a\r\n\r\n`, 414],
  ['101 headers', `GET / HTTP/1.1\r\nhost: a\r\n${headers(100)}\r\n`, 431],
  ['17 KiB of headers', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(17 * 1024)}\r\n\r\n`, 431],
])('%s is refused and the socket closed', async (_what, head, status) => {
  await using port = await open()
  expect(await talk(port.port, head)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test('100 headers and a URL of 8 KiB are taken', async () => {
  await using port = await open()
  const url = `/${'a'.repeat(8 * 1024 - 1)}`
  const head = `GET ${url} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${headers(98)}\r\n`
  expect(await talk(port.port, head)).toContain('answered')
})

test('who sends its head a letter at a time is cut off, and so is who says nothing', async () => {
  await using port = await open({ headersTimeout: 200, connectionsCheckingInterval: 50 })
  const slow = connect(port.port, '127.0.0.1')
  const silent = connect(port.port, '127.0.0.1')
  const letters = setInterval(() => slow.write('G'), 20)
  const closed = (socket: Socket) => new Promise((resolve) => socket.on('close', resolve))
  for (const socket of [slow, silent]) socket.on('error', () => {}).resume()
  await Promise.all([closed(slow), closed(silent)])
  clearInterval(letters)
  await until('no socket is open', () => (port.openSockets() === 0 ? true : undefined))
})

test('a sender that asks before it sends its body is told to go on', async () => {
  await using port = await open()
  const head = 'POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\n'
  const answer = await talk(port.port, `${head}content-length: 2\r\n\r\nab`)
  expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /)
})

test('sockets beyond the bound of the port are closed, and one that closes makes room', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  const bounds = { socketsMax: 3, addressSocketsMax: 1, trustedProxies: [] }
  const openSockets = boundSockets(server, bounds)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  const dial = () => connect(port, '127.0.0.1').resume()
  const first = dial()
  dial()
  dial() // more than one of an address: it is this machine
  await until('three are open', () => (openSockets() === 3 ? true : undefined))
  await once(dial(), 'close')
  expect(openSockets()).toBe(3)
  first.end()
  first.destroy()
  await until('there is room', () => (openSockets() === 2 ? true : undefined))
  const last = dial()
  await until('it is taken', () => (openSockets() === 3 ? true : undefined))
  last.destroy()
  server.close()
})

test('another address has its own bound, unless it is a trusted proxy', () => {
  const server = createServer()
  const bounds = { socketsMax: 9, addressSocketsMax: 2, trustedProxies: ['10.0.0.9'] }
  boundSockets(server, bounds)
  const dial = (remoteAddress: string) => {
    let isClosed = false
    const socket = { remoteAddress, once() {}, destroy: () => void (isClosed = true) }
    server.emit('connection', socket as unknown as Socket) // the part that is used
    return isClosed
  }
  const three = (address: string) => [dial(address), dial(address), dial(address)]
  expect(three('::ffff:10.0.0.1')).toEqual([false, false, true])
  expect(three('10.0.0.9')).toEqual([false, false, false])
  expect(dial('10.0.0.2')).toBe(false)
})
