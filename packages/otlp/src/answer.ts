import type { SignalKind } from './schema.ts'
import { lengthField, varintField } from './varint.ts'

/** How a request came; its answer is sent the same way. */
export type Encoding = 'protobuf' | 'json'

/** `google.rpc.Code` */
export const STATUS_CODE = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const

export type StatusCode = (typeof STATUS_CODE)[keyof typeof STATUS_CODE]

export type Status = {
  code: StatusCode
  message: string
  /** Where a malformed request is wrong: sent as `google.rpc.BadRequest`. */
  violation?: { field: string; description: string }
  /** When to try again: sent as `google.rpc.RetryInfo`, without which gRPC senders drop. */
  retryAfterMs?: number
}

export type PartialSuccess = {
  /** 0 makes the message a hint. */
  rejectedItems: number
  message: string
}

/**
 * Body of a success answer: an `Export…ServiceResponse`.
 *
 * @param partial left out on full success: senders log a warning whenever it is set
 */
export function successAnswer(
  kind: SignalKind,
  encoding: Encoding,
  partial?: PartialSuccess,
): Uint8Array {
  if (encoding === 'protobuf') {
    return partial === undefined ? new Uint8Array(0) : lengthField(1, partialSuccessFields(partial))
  }
  return jsonBody(
    partial === undefined ? {} : { partialSuccess: partialSuccessJson(kind, partial) },
  )
}

/** Body of an error answer, and content of gRPC's `grpc-status-details-bin`: a `google.rpc.Status`. */
export function statusAnswer(encoding: Encoding, status: Status): Uint8Array {
  if (encoding === 'json') {
    const { code, message } = status
    const details = detailsJson(status)
    return jsonBody({ code, message, ...(details.length > 0 && { details }) })
  }
  return Buffer.concat([
    varintField(1, BigInt(status.code)),
    textField(2, status.message),
    ...detailMessages(status).map((detail) => lengthField(3, detail)),
  ])
}

const REJECTED_JSON = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
} as const satisfies Record<SignalKind, string>

// The three messages have the same numbers: 1 the count, 2 the text.
function partialSuccessFields({ rejectedItems, message }: PartialSuccess): Uint8Array {
  const count = rejectedItems === 0 ? [] : [varintField(1, BigInt(rejectedItems))]
  return Buffer.concat([...count, textField(2, message)])
}

function partialSuccessJson(kind: SignalKind, { rejectedItems, message }: PartialSuccess): object {
  return {
    // proto3 JSON writes 64-bit integers as strings.
    ...(rejectedItems > 0 && { [REJECTED_JSON[kind]]: String(rejectedItems) }),
    errorMessage: message,
  }
}

const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

function detailsJson({ violation, retryAfterMs }: Status): object[] {
  const details: object[] = []
  if (violation !== undefined) {
    details.push({ '@type': BAD_REQUEST, fieldViolations: [violation] })
  }
  if (retryAfterMs !== undefined) {
    details.push({ '@type': RETRY_INFO, retryDelay: `${retryAfterMs / 1000}s` })
  }
  return details
}

/** As `google.protobuf.Any`. */
function detailMessages({ violation, retryAfterMs }: Status): Uint8Array[] {
  const details: Uint8Array[] = []
  if (violation !== undefined) {
    const { field, description } = violation
    const fields = Buffer.concat([textField(1, field), textField(2, description)])
    details.push(anyMessage(BAD_REQUEST, lengthField(1, fields)))
  }
  if (retryAfterMs !== undefined) {
    details.push(anyMessage(RETRY_INFO, lengthField(1, durationFields(retryAfterMs))))
  }
  return details
}

function anyMessage(typeUrl: string, value: Uint8Array): Uint8Array {
  return Buffer.concat([textField(1, typeUrl), lengthField(2, value)])
}

/** `google.protobuf.Duration` */
function durationFields(durationMs: number): Uint8Array {
  const seconds = Math.floor(durationMs / 1000)
  const nanos = Math.round((durationMs % 1000) * 1e6)
  return Buffer.concat([varintField(1, BigInt(seconds)), varintField(2, BigInt(nanos))])
}

function textField(number: number, text: string): Uint8Array {
  return lengthField(number, Buffer.from(text.toWellFormed()))
}

function jsonBody(body: object): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}
