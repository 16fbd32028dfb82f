import { z } from 'zod'
import type { Sample } from '../workload/facts.ts'
import { MARKS } from '../workload/patch.ts'
import {
  compareMarks,
  differences,
  expectedSamples,
  expectedTotals,
  markName,
  noTotals,
  releaseName,
  type Sent,
  type TotalsByMark,
  type TotalsByRelease,
} from './expected.ts'

/** Rows of one statement; 64-bit integers as numbers or text. */
export type AskRows = (query: string) => Promise<unknown[][]>

const METRIC_TABLES = {
  otel_metrics_gauge: 'Value',
  otel_metrics_sum: 'Value',
  otel_metrics_histogram: 'Count',
  otel_metrics_exponential_histogram: 'Count',
  otel_metrics_summary: 'Count',
}

interface Source {
  kind: Sent['requests'][number]['kind']
  table: string
  time: string
  sum: string
  errors: string
  checksum: string
}

const SOURCES: readonly Source[] = [
  {
    kind: 'traces',
    table: 'otel_traces',
    time: 'Timestamp',
    sum: 'Duration',
    errors: "StatusCode = 'Error'",
    // Ids begin with what the load made of them: the rest is the generator's.
    checksum: `CRC32(concat(substring(TraceId, 9), substring(SpanId, 9), toString(Duration), SpanName,
      SpanAttributes['app.request.id']))`,
  },
  {
    kind: 'logs',
    table: 'otel_logs',
    time: 'Timestamp',
    sum: 'length(Body)',
    errors: "SeverityText = 'ERROR'",
    checksum: 'CRC32(concat(SeverityText, Body))',
  },
  ...Object.entries(METRIC_TABLES).map(([table, sum]): Source => ({
    kind: 'metrics',
    table,
    time: 'TimeUnix',
    sum: `toUInt64(${sum})`,
    errors: '0',
    checksum: '0',
  })),
]

const Integers = z.array(z.coerce.number())
const MarkRows = z.array(z.tuple([Integers, Integers, Integers]))
const Raw = z.array(
  z.tuple([z.string(), z.string(), z.coerce.number(), z.coerce.number(), z.string(), z.string()]),
)
const RolledUp = z.array(z.tuple([z.string(), z.string(), z.coerce.number(), z.coerce.number()]))
const Once = z.array(z.tuple([z.coerce.number()]))

const FAILURES_MAX = 20
const SAMPLES_MAX = 500

/**
 * Whether the tables hold exactly what was acknowledged: every request once and whole, by release the
 * counts, errors, sums and checksums, the roll-up by minute, no span id twice, and of every
 * thousandth item each field.
 *
 * @returns a sentence for each difference, some of them where they are many
 */
export async function verifyStored(ask: AskRows, sent: readonly Sent[]): Promise<string[]> {
  const kinds = new Set(sent.flatMap(({ requests }) => requests.map(({ kind }) => kind)))
  const sources = SOURCES.filter(({ kind }) => kinds.has(kind))
  const { failures, settled } = compareMarks(sent, await readMarks(ask, sources))
  const stored = await readTotals(ask, sources)
  const all = [
    ...failures,
    ...differences(expectedTotals(settled), stored),
    ...(await compareSamples(ask, expectedSamples(settled).slice(0, SAMPLES_MAX))),
    ...(sent.every(({ isPatched }) => isPatched) && kinds.has('traces')
      ? await findTwins(ask)
      : []),
  ]
  return all.length > FAILURES_MAX
    ? [...all.slice(0, FAILURES_MAX), `And ${all.length - FAILURES_MAX} more.`]
    : all
}

async function readMarks(ask: AskRows, sources: readonly Source[]): Promise<TotalsByMark> {
  const marks: TotalsByMark = new Map()
  for (const { kind, table, time, sum } of sources) {
    const rows = MarkRows.parse(
      await ask(`SELECT groupArray(mark), groupArray(items), groupArray(total) FROM (
        SELECT toUnixTimestamp64Nano(${time}) % ${MARKS} AS mark, count() AS items, sum(${sum}) AS total
        FROM ${table} GROUP BY mark)`),
    )
    for (const [numbers, items, sums] of rows) {
      for (const [index, number] of numbers.entries()) {
        const mark = markName(kind, number)
        const before = marks.get(mark) ?? { items: 0, sum: 0 }
        marks.set(mark, {
          items: before.items + items[index]!, // three columns of one table
          sum: before.sum + sums[index]!,
        })
      }
    }
  }
  return marks
}

async function readTotals(ask: AskRows, sources: readonly Source[]): Promise<TotalsByRelease> {
  const totals: TotalsByRelease = new Map()
  for (const { table, sum, errors, checksum } of sources) {
    // The whole sum exceeds what a number holds exactly.
    const rows = await ask(`SELECT ServiceName, ResourceAttributes['service.version'], count(),
      countIf(${errors}), toString(sum(${sum})), toString(sum(${checksum}))
      FROM ${table} GROUP BY 1, 2`)
    for (const [service, version, items, failed, total, checksums] of Raw.parse(rows)) {
      totals.set(releaseName(table, service, version), {
        ...noTotals,
        items,
        errors: failed,
        sum: BigInt(total),
        checksum: BigInt(checksums),
      })
    }
  }
  if (!sources.some(({ kind }) => kind === 'traces')) return totals
  const rolledUp = await ask(
    'SELECT service, version, sum(count), sum(errors) FROM operation_minutes GROUP BY 1, 2',
  )
  for (const [service, version, count, errors] of RolledUp.parse(rolledUp)) {
    const release = releaseName('otel_traces', service, version)
    const raw = totals.get(release) ?? noTotals
    totals.set(release, { ...raw, rolledUp: count, rolledUpErrors: errors })
  }
  return totals
}

async function findTwins(ask: AskRows): Promise<string[]> {
  const [[twins] = [0]] = Once.parse(
    await ask('SELECT count() - uniqExact(SpanId) FROM otel_traces'),
  )
  return twins === 0 ? [] : [`${twins} spans have the id of another.`]
}

const mapText = (map: string) =>
  `arrayStringConcat(arraySort(arrayMap((k, v) -> concat(k, '=', v), mapKeys(${map}), mapValues(${map}))), '\\n')`

const SAMPLE_COLUMNS: Record<string, { id: string; columns: Record<string, string> }> = {
  otel_traces: {
    id: 'concat(substring(TraceId, 9), substring(SpanId, 9))',
    columns: {
      TraceId: 'substring(TraceId, 9)',
      ParentSpanId: 'substring(ParentSpanId, 9)',
      SpanName: 'SpanName',
      SpanKind: 'SpanKind',
      ServiceName: 'ServiceName',
      Duration: 'toString(Duration)',
      StatusCode: 'StatusCode',
      Events: 'toString(length(Events.Name))',
      ResourceAttributes: mapText('ResourceAttributes'),
      SpanAttributes: mapText('SpanAttributes'),
    },
  },
  otel_logs: {
    id: 'concat(substring(TraceId, 9), substring(SpanId, 9))',
    columns: {
      Body: 'Body',
      SeverityText: 'SeverityText',
      ServiceName: 'ServiceName',
      ResourceAttributes: mapText('ResourceAttributes'),
      LogAttributes: mapText('LogAttributes'),
    },
  },
}

async function compareSamples(ask: AskRows, samples: readonly Sample[]): Promise<string[]> {
  const failures: string[] = []
  for (const [table, { id, columns }] of Object.entries(SAMPLE_COLUMNS)) {
    const wanted = new Map(
      samples.filter((sample) => sample.table === table).map((sample) => [sample.id, sample.row]),
    )
    if (wanted.size === 0) continue
    const names = Object.keys(columns)
    const rows = z.array(z.array(z.string())).parse(
      await ask(`SELECT ${id} AS id, ${Object.values(columns).join(', ')} FROM ${table}
        WHERE id IN (${[...wanted.keys()].map((one) => `'${one}'`).join(', ')}) LIMIT 1 BY id`),
    )
    const found = new Map(rows.map(([one, ...values]) => [one!, values])) // the id is selected
    for (const [one, row] of wanted) {
      const values = found.get(one)
      if (values === undefined) {
        failures.push(`${table}: the item ${one} is not there.`)
        continue
      }
      failures.push(
        ...names
          .map((name, at) => ({ name, have: values[at], want: row[name] }))
          .filter(({ have, want }) => have !== want)
          .map(({ name, have, want }) => `${table} ${one}: ${name} is ${have} instead of ${want}.`),
      )
    }
  }
  return failures
}
