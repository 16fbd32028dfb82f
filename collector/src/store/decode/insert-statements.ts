import { readFileSync } from 'node:fs'
import type { SignalKind } from '@aftermath/otlp/check'
import { expand, MACROS, type Macros } from './macros.ts'
import { METRIC_COLUMNS } from './metric-columns.ts'
import { structureOf } from './structure.ts'

/** One INSERT that makes ClickHouse decode a batch's bytes into one table. */
export interface InsertStatement {
  table: string
  /** Goes into the URL parameter `query`; the body is the bytes of requests, joined. */
  query: string
}

type Target = { database: string; batch: bigint }

/**
 * The statements that store a batch, one per table: metrics are one per kind of point, each over the
 * same bytes. Telemetry stays protobuf from the socket to the database; this is where it is decoded.
 *
 * The bytes have passed the check: well-formed, no oneof set twice, arrays and maps already JSON
 * text. A batch is one block and so one part per partition, which ClickHouse writes wholly or not.
 */
export function insertStatements(kind: SignalKind, target: Target): InsertStatement[] {
  const source = SOURCES[kind]
  if (kind !== 'metrics') return [statement({ source, table: `otel_${kind}`, target })]
  const kinds = Object.keys(METRIC_COLUMNS)
  return Object.entries(METRIC_COLUMNS).map(([metricKind, columns]) =>
    statement({
      source,
      table: `otel_metrics_${metricKind}`,
      target,
      without: new Set(
        kinds.filter((other) => other !== metricKind).map((other) => `Metric.${other}`),
      ),
      macros: {
        kind: () => metricKind,
        own_columns: () => Object.keys(columns).join(', '),
        own_values: () => Object.values(columns).join(',\n    '),
      },
    }),
  )
}

const beside = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const sourceOf = (kind: SignalKind, message: string) => ({
  message,
  sql: beside(`${kind}.sql`).replaceAll(/^--.*\n/gm, ''),
  proto: beside('common.proto') + beside(`${kind}.proto`),
})

const SOURCES = {
  traces: sourceOf('traces', 'Traces'),
  logs: sourceOf('logs', 'Logs'),
  metrics: sourceOf('metrics', 'Metrics'),
}

// Above any batch, so that its rows stay one block: smaller blocks would become several parts.
const BLOCK_ROWS_MIN = 10_000_000
const BLOCK_BYTES_MIN = 16 * 2 ** 30

type Pieces = {
  source: { message: string; sql: string; proto: string }
  table: string
  target: Target
  /** Fields that this table does not store. */
  without?: ReadonlySet<string>
  macros?: Macros
}

function statement({ source, table, target, without, macros }: Pieces): InsertStatement {
  const settings = {
    format_schema_source: quoted('string'),
    format_schema_message_name: quoted(source.message),
    format_schema: quoted(source.proto),
    input_format_protobuf_oneof_presence: 1,
    async_insert: 0,
    // The views have grouped their rows: merging them again would find nothing.
    optimize_on_insert: 0,
    max_insert_threads: 1,
    // Each insert plans the statements of its views anew, and there is nothing in them to move about.
    query_plan_enable_optimizations: 0,
    max_partitions_per_insert_block: 1000,
    min_insert_block_size_rows: BLOCK_ROWS_MIN,
    min_insert_block_size_bytes: BLOCK_BYTES_MIN,
  }
  const query = expand(source.sql, {
    ...MACROS,
    ...macros,
    table: () => `${identifier(target.database)}.${table}`,
    settings: () =>
      `SETTINGS ${Object.entries(settings)
        .map((pair) => pair.join(' = '))
        .join(', ')}`,
    batch: () => `toUInt64(${target.batch})`,
    input: () => `input(${quoted(structureOf(source.proto, source.message, without))})`,
  })
  // A line break after the format's name would count as the first byte of the data.
  return { table, query: query.trimEnd() }
}

const identifier = (name: string) => `\`${name.replaceAll(/[\\`]/g, String.raw`\$&`)}\``
const quoted = (text: string) =>
  `'${text.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}'`
