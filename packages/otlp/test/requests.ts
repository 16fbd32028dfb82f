import { RECEIVED_MS } from './arbitrary-request.ts'
import { attribute, fixed64, message, NANOS_PER_MS, text } from './encode.ts'

/** Requests around the part a test is about. */

export const LIMITS = { receivedMs: RECEIVED_MS, retentionMs: 30 * 86_400_000 }

export const TRACE_ID = message(1, Buffer.alloc(16, 1))
export const SPAN_ID = message(2, Buffer.alloc(8, 2))

export function nanos(timeMs: number): bigint {
  return BigInt(timeMs) * NANOS_PER_MS
}

/** A request of one resource and one scope, for any signal kind. */
export function request(...items: readonly Uint8Array[]): Uint8Array {
  const resource = message(1, attribute(1, 'service.name', text(1, 'shop')))
  return message(1, resource, message(2, message(1, text(1, 'scope')), ...items))
}

/** A storable span, and what else is given. */
export function span(...fields: readonly Uint8Array[]): Uint8Array {
  return message(2, TRACE_ID, SPAN_ID, fixed64(7, nanos(RECEIVED_MS)), ...fields)
}

export function logRecord(...fields: readonly Uint8Array[]): Uint8Array {
  return message(2, ...fields)
}

/** Number of each kind of metric in `Metric.data`. */
const DATA = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
} as const

export function metric(data: keyof typeof DATA, ...points: readonly Uint8Array[]): Uint8Array {
  return message(2, text(1, 'a.metric'), message(DATA[data], ...points))
}

/** A number point with its time, and what else is given. */
export function point(...fields: readonly Uint8Array[]): Uint8Array {
  return message(1, fixed64(3, nanos(RECEIVED_MS)), ...fields)
}
