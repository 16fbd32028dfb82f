import type { MessageName, SignalKind } from './schema.ts'

/** Tables that rows of a request go to, as the Collector's ClickHouse exporter names them. */
export type TelemetryTable =
  | 'otel_traces'
  | 'otel_logs'
  | 'otel_metrics_gauge'
  | 'otel_metrics_sum'
  | 'otel_metrics_histogram'
  | 'otel_metrics_exponential_histogram'
  | 'otel_metrics_summary'

/** Rows by table; tables without a row are absent. */
export type RowCounts = Partial<Record<TelemetryTable, number>>

/** An item makes one row; the message that holds it decides where. */
export const TABLE_OF_HOLDER = {
  ScopeSpans: 'otel_traces',
  ScopeLogs: 'otel_logs',
  Gauge: 'otel_metrics_gauge',
  Sum: 'otel_metrics_sum',
  Histogram: 'otel_metrics_histogram',
  ExponentialHistogram: 'otel_metrics_exponential_histogram',
  Summary: 'otel_metrics_summary',
} as const satisfies Partial<Record<MessageName, TelemetryTable>>

/** What one item of a signal kind is called in answers. */
export const ITEM_NAMES = {
  traces: 'spans',
  logs: 'log records',
  metrics: 'data points',
} as const satisfies Record<SignalKind, string>
