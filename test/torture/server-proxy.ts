import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EngineConnection } from '@aftermath/embedded-clickhouse'

/** One request on its way to ClickHouse, in the hands of whoever disturbs it. */
export interface Passing {
  /** The statement, or its beginning where it came in the body. */
  statement: string
  req: IncomingMessage
  res: ServerResponse
  /** Sends it on. `heldBack`: the last third of the body waits, and is sent or never sent. */
  forward(options?: { heldBack?: Promise<'send' | 'cut'> }): Promise<IncomingMessage>
  /** Hands ClickHouse's answer over. */
  answer(upstream: IncomingMessage): Promise<void>
  /** Resets the sender's connection. */
  cut(): void
}

export interface ServerProxy extends AsyncDisposable {
  /** For AFTERMATH_CLICKHOUSE_URL. */
  url: string
}

/**
 * A ClickHouse server for a collector: the driver's own engine, behind a proxy that disturbs.
 *
 * @param disturb does with each request what it likes
 */
export async function startServerProxy(
  { url, headers, username, password }: EngineConnection,
  disturb: (passing: Passing) => Promise<void>,
): Promise<ServerProxy> {
  const server = createServer((req, res) => {
    const statement = new URL(req.url ?? '/', url).searchParams.get('query') ?? ''
    const passing: Passing = {
      statement,
      req,
      res,
      forward: (options = {}) => forward(req, new URL(req.url ?? '/', url), headers, options),
      async answer(upstream) {
        res.writeHead(upstream.statusCode ?? 502, upstream.headers)
        upstream.pipe(res)
        await once(upstream, 'close')
      },
      cut() {
        req.socket.resetAndDestroy()
      },
    }
    // A far end that is gone is what this is about.
    disturb(passing).catch(() => passing.cut())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://${username}:${password}@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}

function forward(
  req: IncomingMessage,
  to: URL,
  headers: Record<string, string>,
  { heldBack }: { heldBack?: Promise<'send' | 'cut'> },
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const onward = request(to, { method: req.method, headers: { ...req.headers, ...headers } })
  onward.on('response', resolve)
  onward.on('error', reject)
  if (heldBack === undefined) {
    req.pipe(onward)
    return promise
  }
  void passHeldBack()
  return promise

  /** All but the last bytes go at once; whether those follow is told later. */
  async function passHeldBack(): Promise<void> {
    const body = Buffer.concat(await req.toArray().catch(() => []))
    const cutAt = Math.max(0, body.length - Math.ceil(body.length / 3))
    onward.write(body.subarray(0, cutAt))
    if ((await heldBack) === 'cut') onward.destroy(new Error('cut'))
    else onward.end(body.subarray(cutAt))
  }
}
