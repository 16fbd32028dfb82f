import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'

/** What was asked of the server, in order. */
export type Asked = {
  method: string
  path: string
  /** Repeated parameters as a list. */
  search: Record<string, string | string[]>
  authorization: string | undefined
  idempotencyKey: string | undefined
  body: unknown
}

/** One answer of the script; `hang up` ends the connection without one, `hold` leaves it open. */
export type Scripted =
  | { status: number; body: unknown; headers?: Record<string, string> }
  | 'hang up'
  | 'hold'

/** A server on a real socket that gives scripted answers in turn, the last one for ever. */
export async function startScriptedServer(script: Scripted[]) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void answer(request, response, script[Math.min(asked.length, script.length - 1)], asked)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null) // a TCP server's, once it listens
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    /** Resolves with the next request. */
    nextAsked: () => once(server, 'request'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  scripted: Scripted | undefined,
  asked: Asked[],
) {
  const url = new URL(request.url ?? '/', 'http://server')
  const call: Asked = {
    method: request.method ?? '',
    path: url.pathname,
    search: Object.fromEntries(
      [...new Set(url.searchParams.keys())].map((name) => {
        const values = url.searchParams.getAll(name)
        return [name, values.length === 1 ? values[0]! : values]
      }),
    ),
    authorization: request.headers.authorization,
    idempotencyKey: request.headers['idempotency-key']?.toString(),
    body: undefined,
  }
  asked.push(call)
  const text = (await request.toArray()).join('')
  call.body = text === '' ? undefined : JSON.parse(text)
  if (scripted === undefined || scripted === 'hang up') {
    request.socket.destroy()
    return
  }
  if (scripted === 'hold') return
  response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers })
  response.end(typeof scripted.body === 'string' ? scripted.body : JSON.stringify(scripted.body))
}
