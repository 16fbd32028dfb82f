import { METHODS, type GrpcClient } from '../harness/grpc.ts'
import type { Kind } from './ledger.ts'
import type { Posted } from './post-otlp.ts'

type Call = { client: GrpcClient; kind: Kind; key: string; body: Uint8Array }

// Codes of gRPC: those of LOST come from the client as well.
const OK = 0
const UNAVAILABLE = 14
const LOST = new Set([1, 4, 13]) // cancelled, deadline exceeded, internal

/** As `postOtlp`, with the code of HTTP that says the same. */
export async function postGrpc({ client, kind, key, body }: Call): Promise<Posted> {
  const metadata = { authorization: `Bearer ${key}` }
  const answer = await client.call({ method: METHODS[kind], body, metadata })
  if (answer.code === OK) {
    const isPartial = (answer.body?.length ?? 0) > 0
    return { outcome: 'answered', status: 200, isPartial, message: '' }
  }
  // A lost connection has the same code as a refusal; only the server's own word has details.
  const isOwnWord = answer.details !== undefined && !LOST.has(answer.code)
  if (!isOwnWord) return { outcome: 'lost' }
  const code = answer.code === UNAVAILABLE ? 503 : 400
  return { outcome: 'answered', status: code, isPartial: false, message: answer.message }
}
