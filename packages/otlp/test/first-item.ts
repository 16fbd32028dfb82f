import { checkRequest, type CheckedRequest, type SignalKind } from '../src/check.ts'
import { decode } from './oracle.ts'
import { LIMITS } from './requests.ts'

/** Checks a request that must be taken. */
export function take(kind: SignalKind, bytes: Uint8Array): CheckedRequest {
  const outcome = checkRequest(kind, bytes, LIMITS)
  if (outcome.outcome !== 'ok') throw new Error(outcome.message)
  return outcome
}

const PATHS = {
  traces: ['resource_spans', 'scope_spans', 'spans'],
  logs: ['resource_logs', 'scope_logs', 'log_records'],
  metrics: ['resource_metrics', 'scope_metrics', 'metrics'],
} as const

/** The first span, log record or metric of a request, as protobuf understands it. */
export function firstItem(kind: SignalKind, bytes: Uint8Array): Record<string, unknown> {
  return PATHS[kind].reduce(
    (holder, name) => {
      const list = holder[name]
      const first: unknown = Array.isArray(list) ? list[0] : undefined
      if (!isRecord(first)) throw new Error(`${name} is empty`)
      return first
    },
    decode(kind, bytes),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
