import type { IncomingMessage, ServerResponse } from 'node:http'
import { statusAnswer, successAnswer, type Encoding as BodyType } from '@aftermath/otlp/answer'
import type { SignalKind } from '@aftermath/otlp/check'
import type { CheckedBody } from './check-body.ts'
import { jittered, Refusal, rpcCodeOf } from './refusal.ts'

/** The answer's type is the request's. @throws Refusal 415 for any other */
export function bodyTypeOf(req: IncomingMessage): BodyType {
  const header = req.headers['content-type'] ?? ''
  if (header === 'application/x-protobuf') return 'protobuf' // nearly all of them
  const type = header.split(';')[0]!.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf'
  if (type === 'application/json') return 'json'
  throw new Refusal(
    415,
    'content_type',
    type === '' ? 'There is no Content-Type.' : `Content-Type ${type.slice(0, 100)} is not OTLP.`,
    'Send application/x-protobuf or application/json: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.',
  )
}

export function sendSuccess(
  res: ServerResponse,
  kind: SignalKind,
  type: BodyType,
  kept: CheckedBody,
) {
  send(res, 200, type, successAnswer(kind, type, partialSuccessOf(kept)))
}

/** What the sender must know of a success; undefined where all was kept as it was meant. */
export function partialSuccessOf({ checked: { rejected }, hint }: CheckedBody) {
  const message = [rejected?.message, hint].filter((part) => part !== undefined).join(' ')
  return message === '' ? undefined : { rejectedItems: rejected?.items ?? 0, message }
}

/** A `google.rpc.Status` in the request's encoding; JSON when that is not known. */
export function sendRefusal(res: ServerResponse, type: BodyType, refusal: Refusal) {
  for (const [name, value] of Object.entries(refusal.headers)) res.setHeader(name, value)
  if (refusal.retryAfterMs !== undefined) {
    const seconds = Math.round(jittered(refusal.retryAfterMs) / 1000)
    res.setHeader('retry-after', Math.max(1, seconds))
  }
  const body = statusAnswer(type, {
    code: rpcCodeOf(refusal.status),
    message: `${refusal.message} ${refusal.fix}`,
    ...(refusal.violation === undefined ? {} : { violation: refusal.violation }),
  })
  send(res, refusal.status, type, body)
}

function send(res: ServerResponse, status: number, type: BodyType, body: Uint8Array) {
  res.writeHead(status, {
    'content-type': type === 'json' ? 'application/json' : 'application/x-protobuf',
    'content-length': body.length,
  })
  res.end(body)
}
