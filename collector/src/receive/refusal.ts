/** Why a request got no success: the answer's code, its reason for counters, and what to do. */
export class Refusal extends Error {
  readonly status: number
  readonly reason: RefusalReason
  /** What to change on the sender, in a sentence. */
  readonly fix: string
  readonly retryAfterSeconds: number | undefined
  readonly headers: Record<string, string>

  constructor(
    status: number,
    reason: RefusalReason,
    message: string,
    fix: string,
    more: { retryAfterSeconds?: number; headers?: Record<string, string> } = {},
  ) {
    super(message)
    this.status = status
    this.reason = reason
    this.fix = fix
    this.retryAfterSeconds = more.retryAfterSeconds
    this.headers = more.headers ?? {}
  }
}

export type RefusalReason =
  | 'auth'
  | 'path'
  | 'method'
  | 'content_type'
  | 'encoding'
  | 'size'
  | 'ratio'
  | 'malformed'
  | 'overload'
  | 'disk'

/** The codes of google.rpc that OTLP's `Status` carries beside the HTTP code. */
export function rpcCodeOf(status: number): number {
  switch (status) {
    case 401:
      return 16 // UNAUTHENTICATED
    case 403:
      return 7 // PERMISSION_DENIED
    case 404:
    case 405:
      return 12 // UNIMPLEMENTED
    case 413:
    case 429:
      return 8 // RESOURCE_EXHAUSTED
    case 503:
      return 14 // UNAVAILABLE
    default:
      return 3 // INVALID_ARGUMENT
  }
}
