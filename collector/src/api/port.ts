import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type * as net from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config.ts'
import type { Metrics } from '../observe/metrics.ts'
import { boundSockets } from './bound-sockets.ts'
import { refuseHead } from './refuse-head.ts'

/** Slow senders lose their connection instead of holding it. */
const OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16 * 1024,
  noDelay: true,
}

const SOCKETS_MAX = 2000
const ADDRESS_SOCKETS_MAX = 256

type Deps = {
  config: Pick<Config, 'tls' | 'trustedProxies'>
  metrics: Pick<Metrics, 'openSockets'>
  /** For its figures. */
  name: string
  /** Tests are impatient. */
  options?: Partial<typeof OPTIONS>
}

/**
 * A port of ours. The handler also gets requests that ask whether to send their body
 * (`Expect: 100-continue`): it says so, or refuses them.
 */
export async function createPort(
  { config, metrics, name, options }: Deps,
  handle: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<Server> {
  const { tls } = config
  const bounded = (req: IncomingMessage, res: ServerResponse) => {
    if (!refuseHead(req, res)) handle(req, res)
  }
  const settings = { ...OPTIONS, ...options }
  const server =
    tls === undefined
      ? createServer(settings, bounded)
      : createTlsServer({ ...settings, ...(await readTls(tls)) }, bounded)
  server.on('checkContinue', bounded)
  boundPort(server, { config, metrics, name })
  return server
}

/** The bounds that every port has, whatever it speaks. */
export function boundPort(server: net.Server, { config, metrics, name }: Deps): void {
  const open = boundSockets(server, {
    socketsMax: SOCKETS_MAX,
    addressSocketsMax: ADDRESS_SOCKETS_MAX,
    trustedProxies: config.trustedProxies,
  })
  metrics.openSockets(name, open)
}

export async function readTls(files: { certFile: string; keyFile: string }) {
  const [cert, key] = await Promise.all([readFile(files.certFile), readFile(files.keyFile)])
  return { cert, key, minVersion: 'TLSv1.2' as const }
}

/** A port cannot be had: the message is a sentence for a person. */
export class PortError extends Error {}

/** @throws PortError naming the variable */
export async function listen(server: Server, config: Config, port: number, variable: string) {
  const { port: actual } = await bind(server, config, port, variable)
  return `${config.tls === undefined ? 'http' : 'https'}://${hostOf(config)}:${actual}`
}

/** The host of an address, in brackets where it is IPv6. */
export function hostOf({ host }: Pick<Config, 'host'>): string {
  return host.includes(':') ? `[${host}]` : host
}

/** @throws PortError naming the variable */
export async function bind(
  server: net.Server,
  config: Config,
  port: number,
  variable: string,
): Promise<AddressInfo> {
  server.listen(port, config.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // what a socket emits
    if (code === 'EADDRINUSE') {
      throw new PortError(
        `Port ${port} is taken: stop what listens there, or set ${variable} (0 means any free port).`,
        { cause: error },
      )
    }
    throw new PortError(
      `Cannot listen on ${config.host}:${port} (${code ?? 'unknown'}): check AFTERMATH_HOST and ${variable}.`,
      { cause: error },
    )
  }
  return server.address() as AddressInfo // it listens on a port
}

const CLOSE_MS = 10_000

/** Ends idle connections at once, busy ones when they are done, all after 10 s. */
export async function closePort(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  await closed
  clearTimeout(impatient)
}
