import { firstOf, type SpanRow } from './span-row.ts'

/**
 * Did the operation fail? The first rule that says something decides; the view `operation_minutes_mv`
 * says the same in SQL. A handled exception is not a failure, nor is a server's 4xx.
 */
export function failedOf(span: SpanRow): boolean {
  if (span.StatusCode === 'Error') return true
  if (span.StatusCode === 'Ok') return false

  const { SpanAttributes } = span
  const status = firstOf(SpanAttributes, 'http.response.status_code', 'http.status_code')
  if (/^[4-9][0-9]{2}$/.test(status)) {
    if (span.SpanKind === 'Server') return status >= '500'
    if (span.SpanKind === 'Client') return true
  }
  const rpc = firstOf(
    SpanAttributes,
    'rpc.status_code',
    'rpc.response.status_code',
    'rpc.grpc.status_code',
    'rpc.connect_rpc.error_code',
  )
  return RPC_FAILURE.test(rpc) || hasEscapedException(span)
}

/** By name and by gRPC's number. The other codes are the caller's fault, or none. */
const RPC_FAILURE =
  /^(?:unknown|deadline_exceeded|unimplemented|internal|unavailable|data_loss|2|4|12|13|14|15)$/i

function hasEscapedException(span: SpanRow): boolean {
  return span['Events.Name'].some(
    (name, at) =>
      name === 'exception' &&
      // Python's SDK writes `True`.
      span['Events.Attributes'][at]?.['exception.escaped']?.toLowerCase() === 'true',
  )
}
