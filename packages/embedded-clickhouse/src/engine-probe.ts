import { request } from 'node:http'
import type { EngineConnection } from './embedded-clickhouse.ts'

/**
 * Whether the engine answers `SELECT 1` within `timeoutMs`. Opens a connection of its own, as the
 * engine's shutdown waits for those that are kept.
 */
export function answers(
  { url, username, password, headers }: EngineConnection,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      new URL('?query=SELECT+1', url),
      {
        agent: false,
        auth: `${username}:${password}`,
        headers: { ...headers, connection: 'close' },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (answer) => {
        answer.on('error', () => resolve(false)).resume()
        answer.on('end', () => resolve(answer.statusCode === 200))
      },
    )
    probe.on('error', () => resolve(false)).end()
  })
}
