import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  statusAnswer,
  successAnswer,
  type Encoding as AnswerType,
  type PartialSuccess,
} from '@aftermath/otlp/answer'
import { checkRequest, type CheckOutcome, type SignalKind } from '@aftermath/otlp/check'
import { jsonToProtobuf } from '@aftermath/otlp/json-request'
import { JournalBroken, type CheckedRequest, type Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import { decompress, encodingOf, readBody, type Encoding, type InFlight } from './body.ts'
import { receiveLimits } from './limits.ts'
import { Refusal, rpcCodeOf } from './refusal.ts'
import type { Sender } from './sender.ts'

type Checked = Extract<CheckOutcome, { outcome: 'ok' }>

export interface Accepted {
  checked: Checked
  hint: string | undefined
}

export type AcceptDeps = {
  journal: Journal
  metrics: Metrics
  inFlight: InFlight
  now: () => number
}

/** The answer's type is the request's. @throws Refusal 415 for any other */
export function answerTypeOf(req: IncomingMessage): AnswerType {
  const type = (req.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf'
  if (type === 'application/json') return 'json'
  throw new Refusal(
    415,
    'content_type',
    type === '' ? 'There is no Content-Type.' : `Content-Type ${type.slice(0, 100)} is not OTLP.`,
    'Send application/x-protobuf or application/json: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.',
  )
}

/**
 * Body → bytes → check → journal. Resolves when the request is on disk.
 *
 * @throws Refusal when nothing of it was kept
 */
export async function acceptOtlp(
  req: IncomingMessage,
  kind: SignalKind,
  type: AnswerType,
  sender: Sender,
  deps: AcceptDeps,
): Promise<Accepted> {
  const encoding = encodingOf(req)
  const body = await readBody(req, deps.inFlight)
  return acceptBody({ body, encoding, kind, type, sender }, deps)
}

interface ReceivedBody {
  body: Buffer
  encoding: Encoding
  kind: SignalKind
  type: AnswerType
  sender: Sender
}

/**
 * What both protocols have in common, from the bytes as they were on the wire.
 *
 * @throws Refusal when nothing of it was kept
 */
export async function acceptBody(
  { body, encoding, kind, type, sender }: ReceivedBody,
  { journal, metrics, inFlight, now }: AcceptDeps,
): Promise<Accepted> {
  const startedMs = performance.now()
  inFlight.bytes += body.length
  try {
    const { bytes, hint } = await toProtobuf(body, encoding, kind, type)
    const receivedMs = now()
    const checked = check(kind, bytes, receivedMs)
    if (checked.items > 0) {
      await keep(journal, {
        kind,
        projectNumber: sender.project.number,
        keyId: sender.keyId,
        bytes: checked.bytes,
        items: checked.items,
        rows: checked.rows,
        day: Math.floor(checked.earliestMs / 86_400_000),
        receivedMs,
      })
    }
    metrics.ingestAckSeconds.observe({ signal: kind }, (performance.now() - startedMs) / 1000)
    metrics.ingestBytes.inc({ signal: kind }, checked.bytes.length)
    return { checked, hint: checked.hint ?? hint }
  } finally {
    inFlight.bytes -= body.length
  }
}

/** What the sender is told beside its success; undefined when everything was kept. */
export function partialOf({ checked, hint }: Accepted): PartialSuccess | undefined {
  const message = [checked.rejected?.message, hint].filter((part) => part !== undefined).join(' ')
  return message === '' ? undefined : { rejectedItems: checked.rejected?.items ?? 0, message }
}

export function sendSuccess(
  res: ServerResponse,
  kind: SignalKind,
  type: AnswerType,
  accepted: Accepted,
) {
  send(res, 200, type, successAnswer(kind, type, partialOf(accepted)))
}

/** A `google.rpc.Status` in the request's encoding; JSON when that is not known. */
export function sendRefusal(res: ServerResponse, type: AnswerType, refusal: Refusal) {
  for (const [name, value] of Object.entries(refusal.headers)) res.setHeader(name, value)
  if (refusal.retryAfterSeconds !== undefined)
    res.setHeader('retry-after', refusal.retryAfterSeconds)
  const body = statusAnswer(type, {
    code: rpcCodeOf(refusal.status),
    message: `${refusal.message} ${refusal.fix}`,
    ...(refusal.violation === undefined ? {} : { violation: refusal.violation }),
  })
  send(res, refusal.status, type, body)
}

async function toProtobuf(body: Buffer, encoding: Encoding, kind: SignalKind, type: AnswerType) {
  const bytesMax = type === 'json' ? receiveLimits.jsonBytesMax : receiveLimits.protobufBytesMax
  const plain = await decompress(body, encoding, bytesMax)
  if (type === 'protobuf') return { bytes: plain, hint: undefined }
  const converted = jsonToProtobuf(kind, plain)
  if (converted.outcome === 'malformed') throw malformed(converted.path, converted.message)
  return { bytes: converted.bytes, hint: converted.hint }
}

function check(kind: SignalKind, bytes: Uint8Array, receivedMs: number): Checked {
  const outcome = checkRequest(kind, bytes, { receivedMs, retentionMs: receiveLimits.retentionMs })
  switch (outcome.outcome) {
    case 'ok':
      return outcome
    case 'malformed':
      throw malformed(outcome.path, `${outcome.message} (at byte ${outcome.offsetBytes})`)
    case 'too_many_items':
      throw new Refusal(
        413,
        'size',
        outcome.message,
        'Send smaller batches: OTEL_BSP_MAX_EXPORT_BATCH_SIZE.',
      )
  }
}

function malformed(path: string, message: string): Refusal {
  const where = path === '' ? '' : `${path}: `
  return new Refusal(
    400,
    'malformed',
    `${where}${message}`,
    'Nothing was stored; check the exporter’s protocol and version.',
    { violation: { field: path, description: message } },
  )
}

async function keep(journal: Journal, request: CheckedRequest): Promise<void> {
  try {
    const appended = await journal.append(request)
    if (appended.outcome === 'durable') return
    const retryAfterSeconds = Math.ceil(appended.retryAfterMs / 1000)
    throw Refusal.retryLater('disk', 'The disk or the journal is full.', { retryAfterSeconds })
  } catch (error) {
    if (!(error instanceof JournalBroken)) throw error
    const retryAfterSeconds = Math.ceil(error.retryAfterMs / 1000)
    throw Refusal.retryLater('disk', 'The journal cannot be written.', { retryAfterSeconds })
  }
}

function send(res: ServerResponse, status: number, type: AnswerType, body: Uint8Array) {
  res.writeHead(status, {
    'content-type': type === 'json' ? 'application/json' : 'application/x-protobuf',
    'content-length': body.length,
  })
  res.end(body)
}
