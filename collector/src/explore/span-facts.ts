import { readFileSync } from 'node:fs'

/**
 * What the list of traces carries of a span through the steps below, beside what they derive of it.
 * The query's own CTE `spans` names these columns, and the ones that the view takes.
 */
const CARRIED = ['trace_id', 'span_id', 'parent_id', 'started', 'duration', 'status_message']

const VIEW = new URL(
  '../../../schemas/clickhouse/project/0004-operation-minutes.sql',
  import.meta.url,
)
const PLACE = '-- {span facts}'

/**
 * A query over spans that has the steps of `operation_minutes_mv` where it says `-- {span facts}`:
 * `related` then gives operation, release, environment and outcome of each row of `spans`. Taken from
 * the view's own text, so that a list shows exactly the spans that the roll-up counted.
 */
export function withSpanFacts(sql: URL): string {
  const query = readFileSync(sql, 'utf8')
  if (!query.includes(PLACE)) throw new Error(`${sql.pathname} has no line ${PLACE}`)
  const steps = spanFacts(readFileSync(VIEW, 'utf8'))
  return query.replace(PLACE, () => steps) // a function: `$'` is no pattern here
}

/** @throws Error when the view is no longer written in the way read here */
function spanFacts(migration: string): string {
  const view = /MATERIALIZED VIEW [^;]*\boperation_minutes_mv\b[^;]*?\nWITH\n(?<text>[^;]*);/.exec(
    // A `;` ends a statement at the end of a line only.
    migration.replaceAll(/;(?!\n|$)/g, '\u0000'),
  )?.groups?.['text']
  const from = view?.indexOf('attributes AS (') ?? -1
  const last = view?.lastIndexOf('\nSELECT\n') ?? -1
  const operation = view?.slice(last).match(/\n {4}minute,\n {4}(?<text>[^]*?) AS operation,\n/)
    ?.groups?.['text']
  if (view === undefined || from < 0 || last < from || operation === undefined) {
    throw new Error('operation_minutes_mv is written in a way that its steps are not found')
  }
  const carried = CARRIED.join(', ')
  const steps = view
    .slice(from, last)
    .replaceAll(/ AS \(\n(?: *--[^\n]*\n)* *SELECT\n/g, (head) => `${head}        ${carried},\n`)
  const related = `related AS (
    SELECT ${carried}, service, environment, version, kind, failed, bucket,
        ${operation} AS operation
    FROM templated
)`
  return `${steps.trimEnd()},\n${related}`.replaceAll('\u0000', ';')
}
