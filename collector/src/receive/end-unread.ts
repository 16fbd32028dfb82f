import type { IncomingMessage } from 'node:http'
import type { ReceiveLimits } from './limits.ts'

/**
 * Of a refused body little is read. The socket stays open for a moment, unread: closed at once, it
 * would cut the answer off before a sender that is still writing has seen it.
 */
export function endUnread(
  req: IncomingMessage,
  { drainBytesMax, lingerMs }: Pick<ReceiveLimits, 'drainBytesMax' | 'lingerMs'>,
): void {
  if (req.readableEnded) return
  let drainedBytes = 0
  req.on('data', (piece: Buffer) => {
    drainedBytes += piece.length
    if (drainedBytes > drainBytesMax) req.pause()
  })
  req.on('error', () => {}) // the sender went away, the refusal stands
  req.resume()
  setTimeout(() => {
    if (!req.complete) req.socket.destroy()
  }, lingerMs).unref()
}
