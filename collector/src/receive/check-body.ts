import type { Encoding as BodyType } from '@aftermath/otlp/answer'
import { checkRequest, type CheckOutcome, type SignalKind } from '@aftermath/otlp/check'
import { jsonToProtobuf } from '@aftermath/otlp/json-request'
import { decompress, type Encoding } from './decompress.ts'
import { inflateLarge } from './inflate-large.ts'
import { receiveLimits } from './limits.ts'
import { free } from './own-memory.ts'
import { Refusal } from './refusal.ts'

/** A body as it was on the wire, and what its head says of it. */
export interface BodyToCheck {
  body: Buffer
  encoding: Encoding
  kind: SignalKind
  type: BodyType
  /** When the request came, wall clock. */
  receivedMs: number
}

export type Checked = Extract<CheckOutcome, { outcome: 'ok' }>

export interface CheckedBody {
  checked: Checked
  hint: string | undefined
}

/**
 * Inflates, turns JSON into protobuf, and checks: all that is done with a body before it is written,
 * at once, in the thread that calls.
 *
 * @param plainBytesMax of what it may inflate to, where that is less than the limits allow
 * @throws Refusal when nothing of it can be kept
 */
export function checkBody(received: BodyToCheck, plainBytesMax = Infinity): CheckedBody {
  const { body, encoding } = received
  const bytesMax = Math.min(plainBytesMaxOf(received), plainBytesMax)
  return checkPlain(received, decompress(body, encoding, bytesMax))
}

/** The same for large bodies, as careful with memory as it can be. */
export async function checkLargeBody(received: BodyToCheck): Promise<CheckedBody> {
  const { body, encoding } = received
  const plain = await inflateLarge(body, encoding, plainBytesMaxOf(received))
  if (plain !== body) free(body)
  const kept = checkPlain(received, plain)
  if (kept.checked.bytes.buffer !== plain.buffer) free(plain)
  return kept
}

function plainBytesMaxOf({ type }: BodyToCheck): number {
  return type === 'json' ? receiveLimits.jsonBytesMax : receiveLimits.protobufBytesMax
}

function checkPlain({ kind, type, receivedMs }: BodyToCheck, plain: Buffer): CheckedBody {
  if (type === 'protobuf') {
    const checked = check(kind, plain, receivedMs)
    return { checked, hint: checked.hint }
  }
  const converted = jsonToProtobuf(kind, plain)
  if (converted.outcome === 'malformed') throw malformed(converted.path, converted.message)
  const checked = check(kind, converted.bytes, receivedMs)
  return { checked, hint: checked.hint ?? converted.hint }
}

function check(kind: SignalKind, bytes: Uint8Array, receivedMs: number): Checked {
  const outcome = checkRequest(kind, bytes, { receivedMs, retentionMs: receiveLimits.retentionMs })
  switch (outcome.outcome) {
    case 'ok':
      return outcome
    case 'malformed':
      throw malformed(outcome.path, `${outcome.message} (at byte ${outcome.offsetBytes})`)
    case 'too_many_items':
      throw Refusal.tooLarge('size', outcome.message)
  }
}

function malformed(path: string, message: string): Refusal {
  const where = path === '' ? '' : `${path}: `
  return new Refusal(
    400,
    /nested deeper|brackets deep/.test(message) ? 'depth' : 'malformed',
    `${where}${message}`,
    'Nothing was stored; check the exporter’s protocol and version.',
    { violation: { field: path, description: message } },
  )
}
