import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type * as net from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Config } from '../config.ts'

/** A port of ours: slow senders lose their connection instead of holding it. */
export async function createPort(
  config: Config,
  handle: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<Server> {
  const options = {
    headersTimeout: 10_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 2000,
    maxHeaderSize: 16 * 1024,
    noDelay: true,
  }
  if (config.tls === undefined) return createServer(options, handle)
  return createTlsServer({ ...options, ...(await readTls(config.tls)) }, handle)
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
