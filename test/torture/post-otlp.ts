import { request, type Agent } from 'node:http'
import type { Kind } from './ledger.ts'

export type Posted =
  | { outcome: 'answered'; status: number; isPartial: boolean; message: string }
  /** No status line came: whether it was taken, nobody knows. */
  | { outcome: 'lost' }

type Post = {
  agent: Agent
  ingest: string
  kind: Kind
  key: string
  type: 'protobuf' | 'json'
  encoding: string | undefined
  body: Uint8Array
  timeoutMs: number
}

/** Sends once, and never again by itself. */
export function postOtlp(post: Post): Promise<Posted> {
  const { agent, ingest, kind, key, type, encoding, body, timeoutMs } = post
  return new Promise((resolve) => {
    const sent = request(`${ingest}/v1/${kind}`, {
      agent,
      method: 'POST',
      timeout: timeoutMs,
      headers: {
        'content-type': type === 'json' ? 'application/json' : 'application/x-protobuf',
        'content-length': body.length,
        authorization: `Bearer ${key}`,
        ...(encoding !== undefined && { 'content-encoding': encoding }),
      },
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('error', () => resolve({ outcome: 'lost' }))
    sent.on('response', (answer) => {
      // The status line is the answer: a body that is cut off later takes nothing back.
      const status = answer.statusCode ?? 0
      const chunks: Buffer[] = []
      const finish = () => {
        const text = Buffer.concat(chunks)
        const isPartial = status === 200 && text.length > 0 && text.toString() !== '{}'
        resolve({ outcome: 'answered', status, isPartial, message: text.toString().slice(0, 200) })
      }
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', finish)
      answer.on('error', finish)
    })
    sent.end(body)
  })
}
