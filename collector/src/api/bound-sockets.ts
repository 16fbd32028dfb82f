import type { Server, Socket } from 'node:net'
import { isLoopback } from '../receive/receive.ts'

export interface SocketBounds {
  /** Of the port. */
  socketsMax: number
  /** Of one address, unless it is this machine or a proxy that is trusted. */
  addressSocketsMax: number
  trustedProxies: readonly string[]
}

/**
 * Closes sockets that are one too many as they come: a sender with thousands must not take those of
 * the others.
 *
 * @returns how many are open
 */
export function boundSockets(server: Server, bounds: SocketBounds): () => number {
  const byAddress = new Map<string, number>()
  let open = 0

  function isTooMany(address: string): boolean {
    if (open >= bounds.socketsMax) return true
    if (isLoopback(address) || bounds.trustedProxies.includes(address)) return false
    return (byAddress.get(address) ?? 0) >= bounds.addressSocketsMax
  }

  server.on('connection', (socket: Socket) => {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    if (isTooMany(address)) return socket.destroy()
    open++
    byAddress.set(address, (byAddress.get(address) ?? 0) + 1)
    socket.once('close', () => {
      open--
      const left = byAddress.get(address)! - 1 // counted above
      if (left > 0) byAddress.set(address, left)
      else byAddress.delete(address)
    })
  })
  return () => open
}
