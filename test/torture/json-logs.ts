import { spanIdOf, traceIdOf } from './ids.ts'
import type { Attempt, Ledger } from './ledger.ts'

/** An attempt of log records as OTLP/JSON. */
export function encodeJsonLogs(ledger: Ledger, attempt: Attempt, nowMs: number): Uint8Array {
  const logRecords = Array.from({ length: attempt.items }, (_, nth) => ({
    timeUnixNano: `${Math.round(nowMs)}000000`,
    severityNumber: 9,
    body: { stringValue: `größer ${nth}` },
    traceId: traceIdOf(ledger, attempt).toString('hex'),
    spanId: spanIdOf(attempt, nth).toString('hex'),
  }))
  const attributes = [
    { key: 'service.name', value: { stringValue: 'pay' } },
    { key: 'service.version', value: { stringValue: '1.5.0' } },
  ]
  const resourceLogs = [{ resource: { attributes }, scopeLogs: [{ logRecords }] }]
  return Buffer.from(JSON.stringify({ resourceLogs }))
}
