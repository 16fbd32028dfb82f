/**
 * The OTLP messages of traces, logs and metrics as data, by the protocol's .proto files 1.x
 * (github.com/open-telemetry/opentelemetry-proto). A field left out here is skipped like any
 * unknown one: only what is stored or checked is listed.
 */

export type SignalKind = 'traces' | 'logs' | 'metrics'

/** How a field is on the wire, and for ids what its bytes must be. */
export type ScalarKind =
  | 'string'
  | 'bytes'
  | 'trace_id'
  | 'span_id'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double'

export type EnumName = 'SpanKind' | 'StatusCode' | 'SeverityNumber' | 'AggregationTemporality'

export type Field = {
  number: number
  name: string
  type: ScalarKind | EnumName | MessageName
  repeated: boolean
  oneof: string | undefined
}

/** The whole request of a signal kind. */
export const REQUEST_MESSAGE = {
  traces: 'TracesRequest',
  logs: 'LogsRequest',
  metrics: 'MetricsRequest',
} as const satisfies Record<SignalKind, string>

const MESSAGES = {
  TracesRequest: [many(1, 'resource_spans', 'ResourceSpans')],
  ResourceSpans: [
    one(1, 'resource', 'Resource'),
    many(2, 'scope_spans', 'ScopeSpans'),
    one(3, 'schema_url', 'string'),
  ],
  ScopeSpans: [
    one(1, 'scope', 'InstrumentationScope'),
    many(2, 'spans', 'Span'),
    one(3, 'schema_url', 'string'),
  ],
  Span: [
    one(1, 'trace_id', 'trace_id'),
    one(2, 'span_id', 'span_id'),
    one(3, 'trace_state', 'string'),
    one(4, 'parent_span_id', 'span_id'),
    one(5, 'name', 'string'),
    one(6, 'kind', 'SpanKind'),
    one(7, 'start_time_unix_nano', 'fixed64'),
    one(8, 'end_time_unix_nano', 'fixed64'),
    many(9, 'attributes', 'KeyValue'),
    one(10, 'dropped_attributes_count', 'uint32'),
    many(11, 'events', 'Event'),
    one(12, 'dropped_events_count', 'uint32'),
    many(13, 'links', 'Link'),
    one(14, 'dropped_links_count', 'uint32'),
    one(15, 'status', 'Status'),
    one(16, 'flags', 'fixed32'),
  ],
  Event: [
    one(1, 'time_unix_nano', 'fixed64'),
    one(2, 'name', 'string'),
    many(3, 'attributes', 'KeyValue'),
    one(4, 'dropped_attributes_count', 'uint32'),
  ],
  Link: [
    one(1, 'trace_id', 'trace_id'),
    one(2, 'span_id', 'span_id'),
    one(3, 'trace_state', 'string'),
    many(4, 'attributes', 'KeyValue'),
    one(5, 'dropped_attributes_count', 'uint32'),
    one(6, 'flags', 'fixed32'),
  ],
  Status: [one(2, 'message', 'string'), one(3, 'code', 'StatusCode')],

  LogsRequest: [many(1, 'resource_logs', 'ResourceLogs')],
  ResourceLogs: [
    one(1, 'resource', 'Resource'),
    many(2, 'scope_logs', 'ScopeLogs'),
    one(3, 'schema_url', 'string'),
  ],
  ScopeLogs: [
    one(1, 'scope', 'InstrumentationScope'),
    many(2, 'log_records', 'LogRecord'),
    one(3, 'schema_url', 'string'),
  ],
  LogRecord: [
    one(1, 'time_unix_nano', 'fixed64'),
    one(2, 'severity_number', 'SeverityNumber'),
    one(3, 'severity_text', 'string'),
    one(5, 'body', 'AnyValue'),
    many(6, 'attributes', 'KeyValue'),
    one(7, 'dropped_attributes_count', 'uint32'),
    one(8, 'flags', 'fixed32'),
    one(9, 'trace_id', 'trace_id'),
    one(10, 'span_id', 'span_id'),
    one(11, 'observed_time_unix_nano', 'fixed64'),
    one(12, 'event_name', 'string'),
  ],

  MetricsRequest: [many(1, 'resource_metrics', 'ResourceMetrics')],
  ResourceMetrics: [
    one(1, 'resource', 'Resource'),
    many(2, 'scope_metrics', 'ScopeMetrics'),
    one(3, 'schema_url', 'string'),
  ],
  ScopeMetrics: [
    one(1, 'scope', 'InstrumentationScope'),
    many(2, 'metrics', 'Metric'),
    one(3, 'schema_url', 'string'),
  ],
  Metric: [
    one(1, 'name', 'string'),
    one(2, 'description', 'string'),
    one(3, 'unit', 'string'),
    oneof('data', 5, 'gauge', 'Gauge'),
    oneof('data', 7, 'sum', 'Sum'),
    oneof('data', 9, 'histogram', 'Histogram'),
    oneof('data', 10, 'exponential_histogram', 'ExponentialHistogram'),
    oneof('data', 11, 'summary', 'Summary'),
    many(12, 'metadata', 'KeyValue'),
  ],
  Gauge: [many(1, 'data_points', 'NumberDataPoint')],
  Sum: [
    many(1, 'data_points', 'NumberDataPoint'),
    one(2, 'aggregation_temporality', 'AggregationTemporality'),
    one(3, 'is_monotonic', 'bool'),
  ],
  Histogram: [
    many(1, 'data_points', 'HistogramDataPoint'),
    one(2, 'aggregation_temporality', 'AggregationTemporality'),
  ],
  ExponentialHistogram: [
    many(1, 'data_points', 'ExponentialHistogramDataPoint'),
    one(2, 'aggregation_temporality', 'AggregationTemporality'),
  ],
  Summary: [many(1, 'data_points', 'SummaryDataPoint')],
  NumberDataPoint: [
    one(2, 'start_time_unix_nano', 'fixed64'),
    one(3, 'time_unix_nano', 'fixed64'),
    oneof('value', 4, 'as_double', 'double'),
    many(5, 'exemplars', 'Exemplar'),
    oneof('value', 6, 'as_int', 'sfixed64'),
    many(7, 'attributes', 'KeyValue'),
    one(8, 'flags', 'uint32'),
  ],
  HistogramDataPoint: [
    one(2, 'start_time_unix_nano', 'fixed64'),
    one(3, 'time_unix_nano', 'fixed64'),
    one(4, 'count', 'fixed64'),
    one(5, 'sum', 'double'),
    many(6, 'bucket_counts', 'fixed64'),
    many(7, 'explicit_bounds', 'double'),
    many(8, 'exemplars', 'Exemplar'),
    many(9, 'attributes', 'KeyValue'),
    one(10, 'flags', 'uint32'),
    one(11, 'min', 'double'),
    one(12, 'max', 'double'),
  ],
  ExponentialHistogramDataPoint: [
    many(1, 'attributes', 'KeyValue'),
    one(2, 'start_time_unix_nano', 'fixed64'),
    one(3, 'time_unix_nano', 'fixed64'),
    one(4, 'count', 'fixed64'),
    one(5, 'sum', 'double'),
    one(6, 'scale', 'sint32'),
    one(7, 'zero_count', 'fixed64'),
    one(8, 'positive', 'Buckets'),
    one(9, 'negative', 'Buckets'),
    one(10, 'flags', 'uint32'),
    many(11, 'exemplars', 'Exemplar'),
    one(12, 'min', 'double'),
    one(13, 'max', 'double'),
    one(14, 'zero_threshold', 'double'),
  ],
  Buckets: [one(1, 'offset', 'sint32'), many(2, 'bucket_counts', 'uint64')],
  SummaryDataPoint: [
    one(2, 'start_time_unix_nano', 'fixed64'),
    one(3, 'time_unix_nano', 'fixed64'),
    one(4, 'count', 'fixed64'),
    one(5, 'sum', 'double'),
    many(6, 'quantile_values', 'ValueAtQuantile'),
    many(7, 'attributes', 'KeyValue'),
    one(8, 'flags', 'uint32'),
  ],
  ValueAtQuantile: [one(1, 'quantile', 'double'), one(2, 'value', 'double')],
  Exemplar: [
    one(2, 'time_unix_nano', 'fixed64'),
    oneof('value', 3, 'as_double', 'double'),
    one(4, 'span_id', 'span_id'),
    one(5, 'trace_id', 'trace_id'),
    oneof('value', 6, 'as_int', 'sfixed64'),
    many(7, 'filtered_attributes', 'KeyValue'),
  ],

  Resource: [many(1, 'attributes', 'KeyValue'), one(2, 'dropped_attributes_count', 'uint32')],
  InstrumentationScope: [
    one(1, 'name', 'string'),
    one(2, 'version', 'string'),
    many(3, 'attributes', 'KeyValue'),
    one(4, 'dropped_attributes_count', 'uint32'),
  ],
  KeyValue: [one(1, 'key', 'string'), one(2, 'value', 'AnyValue')],
  AnyValue: [
    oneof('value', 1, 'string_value', 'string'),
    oneof('value', 2, 'bool_value', 'bool'),
    oneof('value', 3, 'int_value', 'int64'),
    oneof('value', 4, 'double_value', 'double'),
    oneof('value', 5, 'array_value', 'ArrayValue'),
    oneof('value', 6, 'kvlist_value', 'KeyValueList'),
    oneof('value', 7, 'bytes_value', 'bytes'),
  ],
  ArrayValue: [many(1, 'values', 'AnyValue')],
  KeyValueList: [many(1, 'values', 'KeyValue')],
} as const

export type MessageName = keyof typeof MESSAGES

// `MessageName` is derived from the table, so its rows cannot be typed by it.
type LooseField = Omit<Field, 'type'> & { type: string }

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test looks every type up
export const SCHEMA = MESSAGES as Readonly<Record<MessageName, readonly Field[]>>

/** Names of enum values as proto3 JSON writes them. */
export const ENUMS: Readonly<Record<EnumName, ReadonlyMap<string, number>>> = {
  SpanKind: enumValues('SPAN_KIND_', [
    'UNSPECIFIED',
    'INTERNAL',
    'SERVER',
    'CLIENT',
    'PRODUCER',
    'CONSUMER',
  ]),
  StatusCode: enumValues('STATUS_CODE_', ['UNSET', 'OK', 'ERROR']),
  SeverityNumber: enumValues('SEVERITY_NUMBER_', [
    'UNSPECIFIED',
    ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) =>
      ['', '2', '3', '4'].map((step) => level + step),
    ),
  ]),
  AggregationTemporality: enumValues('AGGREGATION_TEMPORALITY_', [
    'UNSPECIFIED',
    'DELTA',
    'CUMULATIVE',
  ]),
}

export function isMessage(type: Field['type']): type is MessageName {
  return Object.hasOwn(SCHEMA, type)
}

export function isEnum(type: Field['type']): type is EnumName {
  return Object.hasOwn(ENUMS, type)
}

function one(number: number, name: string, type: string): LooseField {
  return { number, name, type, repeated: false, oneof: undefined }
}

function many(number: number, name: string, type: string): LooseField {
  return { number, name, type, repeated: true, oneof: undefined }
}

function oneof(group: string, number: number, name: string, type: string): LooseField {
  return { number, name, type, repeated: false, oneof: group }
}

function enumValues(prefix: string, names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, value) => [prefix + name, value]))
}
