import { once } from 'node:events'
import type { Response } from 'express'

const HEARTBEAT_MS = 15_000

/**
 * Answers with server-sent events until `events` or the caller ends. A slow reader is waited for, so
 * nothing piles up here.
 */
export async function sendEvents(
  res: Response,
  events: AsyncIterable<{ id?: number; data: unknown }>,
  signal: AbortSignal,
): Promise<void> {
  res.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  res.write(': open\n\n')
  const heartbeat = setInterval(() => res.write(': still open\n\n'), HEARTBEAT_MS)
  try {
    for await (const { id, data } of events) {
      const name = id === undefined ? '' : `id: ${id}\n`
      if (!res.write(`${name}data: ${JSON.stringify(data)}\n\n`)) {
        await once(res, 'drain', { signal })
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    clearInterval(heartbeat)
    res.end()
  }
}
