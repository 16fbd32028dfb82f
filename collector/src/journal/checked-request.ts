/** What a request carries. Each kind has its own statement on the way into ClickHouse. */
export type SignalKind = 'traces' | 'logs' | 'metrics'

/** Rows a request or a batch becomes, by table. */
export type RowCounts = Readonly<Record<string, number>>

/** A request that passed the check: well-formed, within the limits, its key known. */
export interface CheckedRequest {
  kind: SignalKind
  projectNumber: number
  keyId: number
  /** OTLP protobuf. The journal owns it from `append` on: nobody writes to it afterwards. */
  bytes: Uint8Array
  /** Spans, log records or metric points. */
  items: number
  rows: RowCounts
  /** UTC day of the earliest item, in days since 1970-01-01. */
  day: number
  receivedMs: number
}
