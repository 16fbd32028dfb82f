import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { EngineConnection } from '@aftermath/embedded-clickhouse'

/** A body in pieces, for one statement. */
export interface RawInsert {
  query: string
  pieces: readonly Uint8Array[]
}

/**
 * A plain client, as fast as Node's: so many inserts in flight, each a body behind its statement.
 *
 * @throws Error with what ClickHouse said when it did not take one
 */
export async function postRawInserts(
  connection: EngineConnection,
  inserts: readonly RawInsert[],
  inFlight: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  let next = 0
  async function post(): Promise<void> {
    for (let insert = inserts[next++]; insert !== undefined; insert = inserts[next++]) {
      await postRawInsert(connection, agent, insert)
    }
  }
  try {
    // Two at once that are the first to bring a schema trip over each other in the engine's cache (521).
    const [first] = inserts
    if (first !== undefined) await postRawInsert(connection, agent, first)
    next = 1
    await Promise.all(Array.from({ length: inFlight }, post))
  } finally {
    agent.destroy()
  }
}

async function postRawInsert(
  { url, username, password, headers }: EngineConnection,
  agent: Agent,
  { query, pieces }: RawInsert,
): Promise<void> {
  const sent = request(`${url}/?query=${encodeURIComponent(query)}`, {
    agent,
    method: 'POST',
    headers: {
      ...headers,
      'x-clickhouse-user': username,
      'x-clickhouse-key': password,
      'content-length': pieces.reduce((sum, { length }) => sum + length, 0),
    },
  })
  for (const piece of pieces) sent.write(piece)
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage] // Node's own event
  const body = Buffer.concat(await answer.toArray()).toString()
  if (answer.statusCode !== 200) throw new Error(`ClickHouse: ${body.slice(0, 500)}`)
}
