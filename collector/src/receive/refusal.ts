import { STATUS_CODE, type StatusCode } from '@aftermath/otlp/answer'
import type { Logger } from 'pino'
import { receiveLimits } from './limits.ts'

/** Why a request got no success: the answer's code, its reason for counters, and what to do. */
export class Refusal extends Error implements RefusalFacts {
  readonly status: number
  readonly reason: RefusalReason
  /** What to change on the sender, in a sentence. */
  readonly fix: string
  /** When to try again, before its ± 20 %; undefined where that cannot help. */
  readonly retryAfterMs: number | undefined
  readonly headers: Record<string, string>
  /** Where a malformed body is wrong. */
  readonly violation: Violation | undefined

  constructor(
    status: number,
    reason: RefusalReason,
    message: string,
    fix: string,
    more: Partial<Pick<RefusalFacts, 'retryAfterMs' | 'headers' | 'violation'>> = {},
  ) {
    super(message)
    this.status = status
    this.reason = reason
    this.fix = fix
    this.retryAfterMs = more.retryAfterMs
    this.headers = more.headers ?? {}
    this.violation = more.violation
  }

  /** For the way from one thread to another, on which an error loses its fields. */
  get facts(): RefusalFacts {
    const { status, reason, message, fix, retryAfterMs, headers, violation } = this
    return { status, reason, message, fix, retryAfterMs, headers, violation }
  }

  static of({ status, reason, message, fix, ...more }: RefusalFacts): Refusal {
    return new Refusal(status, reason, message, fix, more)
  }

  static stopping(): Refusal {
    return Refusal.retryLater('overload', 'Aftermath is stopping.')
  }

  /** Logged here: what the sender reads says nothing of it. */
  static unexpected(error: unknown, log: Logger): Refusal {
    log.error({ err: error }, 'An ingest request failed')
    return Refusal.retryLater('overload', 'Something failed here.')
  }

  static retryLater(
    reason: RefusalReason,
    message: string,
    { retryAfterMs }: { retryAfterMs: number } = receiveLimits,
  ): Refusal {
    return new Refusal(503, reason, message, 'Nothing: the SDK tries again.', { retryAfterMs })
  }

  static tooLarge(
    reason: 'size' | 'ratio' = 'size',
    message = `The body is larger than ${receiveLimits.wireBytesMax / 2 ** 20} MiB.`,
  ): Refusal {
    return new Refusal(
      413,
      reason,
      message,
      'Send smaller batches: OTEL_BSP_MAX_EXPORT_BATCH_SIZE.',
    )
  }

  static brokenEncoding(encoding: string): Refusal {
    return new Refusal(
      400,
      'malformed',
      `The body is not valid ${encoding}.`,
      'Send what Content-Encoding says, or leave the header out.',
    )
  }

  static tooSlow(): Refusal {
    return new Refusal(
      408,
      'slow',
      'The body came too slowly.',
      'Nothing is wrong with the request: send it over a better connection.',
    )
  }
}

export interface RefusalFacts {
  readonly status: number
  readonly reason: RefusalReason
  readonly message: string
  readonly fix: string
  readonly retryAfterMs: number | undefined
  readonly headers: Record<string, string>
  readonly violation: Violation | undefined
}

export type Violation = { field: string; description: string }

export type RefusalReason =
  | 'auth'
  | 'rate'
  | 'path'
  | 'method'
  | 'content_type'
  | 'encoding'
  | 'size'
  | 'ratio'
  | 'malformed'
  | 'depth'
  | 'slow'
  | 'overload'
  | 'disk'

/** ± 20 %, so that senders who were refused together do not come back together. */
export function jittered(retryAfterMs: number): number {
  return retryAfterMs * (0.8 + 0.4 * Math.random())
}

/** The code of google.rpc that OTLP's `Status` carries beside the HTTP code. */
export function rpcCodeOf(status: number): StatusCode {
  switch (status) {
    case 401:
      return STATUS_CODE.unauthenticated
    case 403:
      return STATUS_CODE.permissionDenied
    case 404:
    case 405:
      return STATUS_CODE.unimplemented
    case 413:
    case 429:
      return STATUS_CODE.resourceExhausted
    case 503:
      return STATUS_CODE.unavailable
    default:
      return STATUS_CODE.invalidArgument
  }
}
