import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { fault } from '../fault.ts'

/**
 * What the materialized views of a project keep, and how a recount tells that it is right.
 *
 * A view is not atomic with the table that feeds it: an insert that was cut off may have written one
 * and not the other. Recounts run the view's own statement, so that the two never say different things.
 */

/** Sums by minute. Too much is as possible as too little: wrong minutes are deleted and counted anew. */
interface Summed {
  form: 'summed'
  target: string
  /** Columns besides the minute, as expressions that view and table agree on. */
  keys: readonly string[]
  counts: readonly string[]
  /** Sums of fractions: equal but for rounding. */
  weights: readonly string[]
  views: readonly View[]
}

/** First and last of something. Too little is possible, and writing a recount on top mends it. */
interface Spanning {
  form: 'spanning'
  target: string
  /** Columns of the target. */
  keys: readonly string[]
  first: string
  last: string
  views: readonly View[]
}

interface View {
  name: string
  source: string
  /** The source's event time. */
  time: string
}

const points = (kind: string): View => ({
  name: `release_sightings_${kind}_mv`,
  source: `otel_metrics_${kind}`,
  time: 'TimeUnix',
})

export const ROLL_UPS: readonly (Summed | Spanning)[] = [
  {
    form: 'summed',
    target: 'operation_minutes',
    keys: ['service', 'environment', 'version', 'operation', 'toString(kind)', 'toInt16(bucket)'],
    counts: ['count', 'errors'],
    weights: ['weighted_count', 'weighted_errors'],
    views: [{ name: 'operation_minutes_mv', source: 'otel_traces', time: 'Timestamp' }],
  },
  {
    form: 'summed',
    target: 'log_minutes',
    keys: ['service', 'environment', 'version', 'toUInt8(severity)'],
    counts: ['count'],
    weights: [],
    views: [{ name: 'log_minutes_mv', source: 'otel_logs', time: 'Timestamp' }],
  },
  {
    form: 'spanning',
    target: 'otel_traces_trace_id_ts',
    keys: ['TraceId'],
    first: 'Start',
    last: 'End',
    views: [{ name: 'otel_traces_trace_id_ts_mv', source: 'otel_traces', time: 'Timestamp' }],
  },
  {
    form: 'spanning',
    target: 'release_sightings',
    keys: ['service', 'environment', 'version'],
    first: 'first_seen',
    last: 'last_seen',
    views: [
      { name: 'release_sightings_traces_mv', source: 'operation_minutes', time: 'minute' },
      { name: 'release_sightings_logs_mv', source: 'log_minutes', time: 'minute' },
      ...['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map(points),
    ],
  },
]

/** A minute of a roll-up that is not what the raw rows say. */
export interface Difference {
  /** The roll-up's table. */
  target: string
  /** Unix seconds. */
  minute: number
}

type Scope = {
  client: ClickHouseClient
  database: string
  /** Unix seconds, ascending. Undefined: all that is there. */
  minutes: readonly number[] | undefined
  /** Targets; left out: all of them. */
  only?: readonly string[]
  /** Looks at one in so many traces alone. */
  tracesShare?: number
}

/**
 * Recounts every roll-up from the raw rows. Read while something writes, it tells of differences
 * that are none: a view is written after its table.
 *
 * With `minutes`, raw rows elsewhere are not looked at, so of what has a first and a last only what
 * lacks is told; without, what is too much as well.
 */
export async function differingMinutes(scope: Scope): Promise<Difference[]> {
  if (scope.minutes?.length === 0) return []
  const differences = []
  for (const rollUp of ROLL_UPS) {
    if (scope.only?.includes(rollUp.target) === false) continue
    const query = rollUp.form === 'summed' ? summedQuery : spanningQuery
    for (const minute of await readMinutes(scope, await query(scope, rollUp as never))) {
      differences.push({ target: rollUp.target, minute }) // the cast: each query takes its own form
    }
  }
  return differences
}

/**
 * Makes the roll-ups of `source` a recount in these minutes. Nothing else may write to it meanwhile.
 * Idempotent: what a crash cut off is done again.
 */
export async function repairRollUps(
  scope: Scope & { minutes: readonly number[]; source: string },
): Promise<void> {
  const { client, minutes, source } = scope
  if (minutes.length === 0) return
  for (const { form, target, views } of ROLL_UPS) {
    for (const view of views.filter((one) => one.source === source)) {
      if (form === 'summed') {
        await fault('rollup.delete')
        await client.command({
          query: `DELETE FROM ${target} WHERE toUnixTimestamp(minute) IN (${minutes.join(', ')})`,
          clickhouse_settings: PATIENT,
        })
      }
      const columns = await readColumns(scope, view.name)
      await fault('rollup.insert')
      await client.command({
        query: `INSERT INTO ${target} (${columns})
          SELECT ${columns} FROM (${await statementOf(scope, view)}) ${restricted(scope, [view])}`,
        clickhouse_settings: { ...PATIENT, async_insert: 0 },
      })
    }
  }
}

/** Rows of `source` in each of these minutes. */
export async function readRowsByMinute(
  client: ClickHouseClient,
  source: string,
  minutes: readonly number[],
): Promise<Map<number, number>> {
  const answer = await client.query({
    query: `SELECT intDiv(toUnixTimestamp(${timeOf(source)}), 60) * 60 AS minute, count() AS rows
      FROM ${source} WHERE ${inMinutes(source, minutes)} GROUP BY minute`,
    format: 'JSONEachRow',
  })
  const rows = RowsByMinute.parse(await answer.json())
  return new Map(rows.map((one) => [one.minute, one.rows]))
}

/** The minutes among these whose raw rows lie in a partition that is still there. */
export async function withRawRows(
  { client, database }: Pick<Scope, 'client' | 'database'>,
  source: string,
  minutes: readonly number[],
): Promise<number[]> {
  const answer = await client.query({
    query: `SELECT DISTINCT toUnixTimestamp(toDateTime(partition, 'UTC')) AS day FROM system.parts
      WHERE active AND database = {database: String} AND table = {source: String}`,
    query_params: { database, source },
    format: 'JSONEachRow',
  })
  const days = new Set(Days.parse(await answer.json()).map(({ day }) => day))
  return minutes.filter((minute) => days.has(Math.floor(minute / DAY_S) * DAY_S))
}

/** Raw tables that a roll-up is made from. */
export function sourcesOf(target: string): string[] {
  const views = ROLL_UPS.find((one) => one.target === target)?.views ?? []
  return views.flatMap(({ source }) => {
    const fed = ROLL_UPS.find((one) => one.target === source)
    return fed === undefined ? source : fed.views.map((view) => view.source)
  })
}

/** Roll-ups of a raw table that are sums, so that too much in them is as wrong as too little. */
export function summedFrom(source: string): string[] {
  const summed = ROLL_UPS.filter(({ form }) => form === 'summed')
  return summed
    .filter(({ views }) => views.some((view) => view.source === source))
    .map(({ target }) => target)
}

/** The column with the event time of a table that feeds roll-ups. */
function timeOf(source: string): string {
  const views = ROLL_UPS.flatMap((one) => one.views)
  return views.find((view) => view.source === source)!.time // ROLL_UPS names every source
}

/** A condition that a table's rows lie in these minutes. */
function inMinutes(source: string, minutes: readonly number[]): string {
  const time = timeOf(source)
  const [first, last] = [minutes[0] ?? 0, minutes.at(-1) ?? 0]
  // A DateTime64 against nanoseconds: against a DateTime the engine (26.7) takes `<` for whole seconds
  // when it skips parts by their range, and leaves out a part whose rows all lie in the last second.
  const bound =
    time === 'minute'
      ? (seconds: number) => `fromUnixTimestamp(${seconds})`
      : (seconds: number) => `fromUnixTimestamp64Nano(${seconds}000000000)`
  const isRange = last - first === (minutes.length - 1) * 60
  const range = `${time} >= ${bound(first)} AND ${time} < ${bound(last + 60)}`
  if (isRange) return range
  return `${range} AND intDiv(toUnixTimestamp(${time}), 60) * 60 IN (${minutes.join(', ')})`
}

const DAY_S = 86_400
const RowsByMinute = z.array(z.object({ minute: z.int(), rows: z.number() }))
const Days = z.array(z.object({ day: z.int() }))

/** A recount runs long without a byte: the header lines keep the connection from being given up. */
const PATIENT = {
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '20000',
  max_threads: 1,
} as const

async function summedQuery(scope: Scope, rollUp: Summed): Promise<string> {
  const { target, keys, counts, weights, views } = rollUp
  const [view] = views
  // Sums of counts and of counts × a hash of their key tell apart whatever is not equal, at the cost
  // of one pass, and however far parts have merged.
  const exact = counts.flatMap((count) => [`sum(${count})`, `sum(${count} * key)`])
  const rough = weights.map((weight) => `sum(${weight})`)
  const sums = [...exact, ...rough].map((sum, i) => `${sum} AS s${i}`).join(', ')
  const names = [...exact, ...rough].map((_, i) => `s${i}`)
  const list = scope.minutes && `WHERE toUnixTimestamp(minute) IN (${scope.minutes.join(', ')})`
  const differs = (one: string, i: number) => {
    const [raw, rolledUp] = ['raw', 'rolled up'].map((side) => `sumIf(${one}, side = '${side}')`)
    return i < exact.length
      ? `${raw} != ${rolledUp}`
      : `abs(${raw} - ${rolledUp}) > 1e-6 * sum(abs(${one}))`
  }
  const grouped = (side: string, from: string) =>
    `SELECT '${side}' AS side, minute_s, ${names.map((one) => `sum(${one}) AS ${one}`).join(', ')}
    FROM (SELECT toUnixTimestamp(minute) AS minute_s, cityHash64(${keys.join(', ')}) AS key, ${sums}
      FROM ${from} GROUP BY minute, key) GROUP BY minute_s`
  return `SELECT minute_s AS minute FROM (
      ${grouped('raw', `(${await statementOf(scope, view!)})`)}
      UNION ALL ${grouped('rolled up', `${target} ${list ?? ''}`)}
    ) GROUP BY minute_s
    HAVING ${names.map(differs).join(' OR ')}
    ${restricted(scope, views)}`
}

async function spanningQuery(scope: Scope, rollUp: Spanning): Promise<string> {
  const { target, keys, first, last, views } = rollUp
  const { tracesShare = 1, minutes } = scope
  const key = keys.map((name) => `toString(${name})`).join(', ')
  const part = keys[0] === 'TraceId' && tracesShare > 1
  const chosen = part ? `WHERE cityHash64(TraceId) % ${tracesShare} = 0` : ''
  const selects = []
  for (const view of views) {
    selects.push(`SELECT tuple(${key}) AS k, min(toDateTime(${first})) AS f, max(toDateTime(${last})) AS l
      FROM (${await statementOf(scope, view)}) ${chosen} GROUP BY k`)
  }
  const raw = `SELECT k, min(f) AS f, max(l) AS l FROM (${selects.join(' UNION ALL ')}) GROUP BY k`
  const stored = `SELECT tuple(${key}) AS k, min(toDateTime(${first})) AS f, max(toDateTime(${last})) AS l
    FROM ${target} ${chosen} GROUP BY k`
  const wrong =
    minutes === undefined
      ? 'raw.f != stored.f OR raw.l != stored.l'
      : 'stored.f = 0 OR stored.f > raw.f OR stored.l < raw.l'
  return `SELECT DISTINCT intDiv(toUnixTimestamp(if(raw.f = 0, stored.f, raw.f)), 60) * 60 AS minute
    FROM (${raw}) AS raw ${minutes === undefined ? 'FULL' : 'LEFT'} JOIN (${stored}) AS stored USING (k)
    WHERE ${wrong} ${restricted(scope, views)}`
}

async function readMinutes({ client }: Scope, query: string): Promise<number[]> {
  const answer = await client.query({ query, format: 'JSONEachRow', clickhouse_settings: PATIENT })
  return Minutes.parse(await answer.json()).map(({ minute }) => minute)
}

const Minutes = z.array(z.object({ minute: z.int() }))
const Text = z.array(z.object({ text: z.string() })).length(1)

/** The SELECT of a view, as the database keeps it. */
async function statementOf({ client, database }: Scope, view: View): Promise<string> {
  const answer = await client.query({
    query: `SELECT as_select AS text FROM system.tables
      WHERE database = {database: String} AND name = {name: String}`,
    query_params: { database, name: view.name },
    format: 'JSONEachRow',
  })
  return Text.parse(await answer.json())[0]!.text // of length 1
}

async function readColumns({ client, database }: Scope, table: string): Promise<string> {
  const answer = await client.query({
    query: `SELECT arrayStringConcat(groupArray(name), ', ') AS text FROM (
      SELECT name FROM system.columns
      WHERE database = {database: String} AND table = {table: String} ORDER BY position)`,
    query_params: { database, table },
    format: 'JSONEachRow',
  })
  return Text.parse(await answer.json())[0]!.text // of length 1
}

/** Settings that let the views' sources show these minutes alone. */
function restricted({ database, minutes }: Scope, views: readonly View[]): string {
  if (minutes === undefined) return ''
  const filters = views.map(
    ({ source }) => `'${database}.${source}': '${inMinutes(source, minutes)}'`,
  )
  return `SETTINGS additional_table_filters = {${filters.join(', ')}}`
}
