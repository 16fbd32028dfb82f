import type { BaselineSummary, CountedMinutes, Evidence } from '@aftermath/schemas/verdict'

/** What a row's numbers are counted from, as SQL texts on `operation_minutes`. */
export type ProofSource = {
  service: string
  environment: string
  version: string
  baseline: BaselineSummary & { version: string }
  row: Evidence
  counted: CountedMinutes
  /** Patterns of operations that nobody waits for: they do not count. */
  ignoredOperations: readonly string[]
  /** All minutes of the release that were judged, warm-up included. */
  life: { from: string; to: string }
}

/**
 * One SELECT that counts again what a row of evidence is made from, by the rules of a judgement:
 * a minute of an operation counts only where the baseline has a counterpart of it.
 */
export function countsSql(source: ProofSource): string {
  return source.counted.kind === 'previous_window' ? overTimeSql(source) : besideSql(source)
}

const COLUMNS = `    sum(n1) AS candidate_requests,
    sum(x1) AS candidate_events,
    candidate_events / candidate_requests AS candidate_share,`
const DIFFERENCE = `    sum((x1 * n0 - x0 * n1) / (n1 + n0)) / sum(n1 * n0 / (n1 + n0)) AS difference,
    difference * candidate_requests AS more_events`

function besideSql(source: ProofSource): string {
  const { version, baseline, counted } = source
  const [own, other] = [text(version), text(baseline.version)]
  const events = eventsOf(source)
  return `${events.limits}SELECT
${COLUMNS}
    sum(n0) AS baseline_requests,
    sum(x0) AS baseline_events,
    baseline_events / baseline_requests AS baseline_share,
${DIFFERENCE}
FROM (
    SELECT
        operation,
        n1, x1, n0, x0,
        sum(n0) OVER (PARTITION BY minute) AS beside
    FROM (
        SELECT
            minute,
            operation,
            toFloat64(sumIf(count, version = ${own})) AS n1,
            toFloat64(sumIf(${events.column}, version = ${own}${events.condition})) AS x1,
            toFloat64(sumIf(count, version = ${other})) AS n0,
            toFloat64(sumIf(${events.column}, version = ${other}${events.condition})) AS x0
        FROM (${minutesBesideSql(source)}
        ) AS minutes${events.join}
        GROUP BY minute, operation
    )
)
WHERE n1 > 0 AND n0 > 0
  AND beside >= ${counted.baselineRequestsMin}${operationOf(source)}`
}

/** Minutes of both: those they share, or the baseline's of earlier weeks moved to where they stand. */
function minutesBesideSql(source: ProofSource): string {
  const { version, baseline, counted } = source
  const columns = 'version, operation, bucket, count, errors'
  const rows = (of: string, moved: string, range: Range) => `
            SELECT minute${moved} AS minute, ${columns}
            FROM operation_minutes
            WHERE ${placeOf(source)}
              AND version = ${text(of)}
              AND ${within(range)}`
  const others =
    counted.kind === 'previous_time_matched'
      ? counted.pairs.flatMap((pair) => pastRows(pair, counted, baseline.version, rows))
      : [rows(baseline.version, '', counted)]
  return [rows(version, '', counted), ...others].join('\n            UNION ALL')
}

type Rows = (of: string, moved: string, range: Range) => string

function pastRows(
  { from, to, minutesBack }: CountedMinutes['pairs'][number],
  counted: Range,
  version: string,
  rows: Rows,
): string[] {
  const [start, end] = [
    from > counted.from ? from : counted.from,
    to < counted.to ? to : counted.to,
  ]
  if (start >= end) return []
  const back = (at: string) => new Date(Date.parse(at) - minutesBack * MINUTE_MS).toISOString()
  const moved = ` + INTERVAL ${minutesBack} MINUTE`
  return [rows(version, moved, { from: back(start), to: back(end) })]
}

/** Its window's mean minute of the same quarter hour of the day stands beside each minute. */
function overTimeSql(source: ProofSource): string {
  const { version, baseline, counted, row } = source
  const window = counted.reference ?? baselineWindow(baseline)
  const events = eventsOf(source)
  const whole =
    row.scope.operation === null ? '' : ` WHERE operation = ${text(row.scope.operation)}`
  const ofWindow = `FROM operation_minutes${events.join}
        WHERE ${placeOf(source)}
          AND version = ${text(baseline.version)}
          AND ${within(window)}`
  const sums = `toFloat64(sum(count)) AS n,
            toFloat64(sumIf(${events.column}, true${events.condition})) AS x`
  const covered = coveredBlocks(window)
  const isCovered = covered === undefined ? 'true' : `block IN (${covered.join(', ')})`
  const mean = (block: string, all: string) =>
    `if(${isCovered}, ${block} / 15, ${all} / (SELECT served FROM minutes))`
  return `${events.limits === '' ? 'WITH' : `${events.limits.trimEnd()},`}
    quarters AS (
        SELECT
            operation,
            intDiv(toUnixTimestamp(minute), 900) % 96 AS block,
            ${sums}
        ${ofWindow}
        GROUP BY operation, block
    ),
    operations AS (
        SELECT operation, sum(n) AS n, sum(x) AS x FROM quarters GROUP BY operation
    ),
    minutes AS (
        SELECT uniqExact(minute) AS served
        FROM operation_minutes
        WHERE ${placeOf(source)}
          AND version = ${text(baseline.version)}
          AND ${within(window)}
    )
SELECT
${COLUMNS}
    (SELECT sum(n) FROM operations${whole}) AS baseline_requests,
    (SELECT sum(x) FROM operations${whole}) AS baseline_events,
    baseline_events / baseline_requests AS baseline_share,
${DIFFERENCE}
FROM (
    SELECT
        operation,
        own.n1 AS n1,
        own.x1 AS x1,
        ${mean('quarters.n', 'operations.n')} AS n0,
        -- None in the whole window: as if there had been one, else the first is infinitely more.
        if(operations.x = 0, n0 / operations.n, ${mean('quarters.x', 'operations.x')}) AS x0
    FROM (
        SELECT
            minute,
            operation,
            intDiv(toUnixTimestamp(minute), 900) % 96 AS block,
            toFloat64(sum(count)) AS n1,
            toFloat64(sumIf(${events.column}, true${events.condition})) AS x1
        FROM operation_minutes${events.join}
        WHERE ${placeOf(source)}
          AND version = ${text(version)}
          AND ${within(counted)}
        GROUP BY minute, operation
    ) AS own
    INNER JOIN operations USING (operation)
    LEFT JOIN quarters USING (operation, block)
)
WHERE n1 > 0 AND n0 > 0${operationOf(source)}`
}

/** The quantile itself in both arms; the baseline's operations weighted as the release is used. */
export function quantileSql(source: ProofSource): string {
  const { version, baseline, counted, life, row } = source
  const q = row.scope.quantile ?? 0.5
  const window =
    counted.kind === 'concurrent' ? life : (counted.reference ?? baselineWindow(baseline))
  const one =
    row.scope.operation === null ? '' : `\n      AND operation = ${text(row.scope.operation)}`
  const buckets = (of: string, range: Range) => `
        SELECT operation, bucket, toFloat64(sum(count)) AS n
        FROM operation_minutes
        WHERE ${placeOf(source)}
          AND version = ${text(of)}
          AND ${within(range)}${one}
        GROUP BY operation, bucket`
  const quantileOf = (rows: string) => `(
        SELECT if(bucket = -1000, 0, pow(2, (bucket + (${q} * total - before) / n) / 8))
        FROM (
            SELECT bucket, n, sum(n) OVER () AS total, sum(n) OVER (ORDER BY bucket) - n AS before
            FROM (SELECT bucket, sum(n) AS n FROM ${rows} GROUP BY bucket)
        )
        WHERE before + n >= ${q} * total
        ORDER BY bucket
        LIMIT 1
    )`
  return `WITH
    own AS (${buckets(version, life)}
    ),
    other AS (${buckets(baseline.version, window)}
    ),
    used AS (SELECT operation, sum(n) AS n FROM own GROUP BY operation),
    had AS (SELECT operation, sum(n) AS n FROM other GROUP BY operation),
    weighted AS (
        SELECT bucket, other.n * used.n / had.n AS n
        FROM other
        INNER JOIN used USING (operation)
        INNER JOIN had USING (operation)
    )
SELECT
    ${quantileOf('own')} AS candidate_ns,
    ${quantileOf('weighted')} AS baseline_ns`
}

/** The smallest rise of the failing share that matters: it follows from what the baseline had. */
export function minimumEffectSql(source: ProofSource, { floor, relative, cap }: ErrorRateEffects) {
  const { baseline, counted } = source
  const window = counted.reference ?? baselineWindow(baseline)
  return `SELECT
    sum(errors) / sum(count) AS share_before,
    greatest(${floor}, least(${relative} * share_before, ${cap})) AS matters_from
FROM operation_minutes
WHERE ${placeOf(source)}
  AND version = ${text(baseline.version)}
  AND ${within(window)}`
}
type ErrorRateEffects = { floor: number; relative: number; cap: number }

type Range = { from: string; to: string }

function baselineWindow({ from, to }: BaselineSummary): Range {
  return { from: from ?? EPOCH, to: to ?? EPOCH }
}
const EPOCH = new Date(0).toISOString()

function placeOf({ service, environment, ignoredOperations: ignored }: ProofSource): string {
  const place = `service = ${text(service)} AND environment = ${text(environment)} AND kind IN ('server', 'consumer', 'root')`
  return ignored.length === 0
    ? place
    : `${place}\n          AND NOT match(operation, ${text(anyOf(ignored))})`
}

function operationOf({ row }: ProofSource): string {
  return row.scope.operation === null ? '' : `\n  AND operation = ${text(row.scope.operation)}`
}

/** One expression for all patterns, in which `*` stands for any characters. */
function anyOf(patterns: readonly string[]): string {
  const parts = patterns.map((pattern) =>
    pattern.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '.*'),
  )
  return `(?s)^(?:${parts.join('|')})$`
}

/** What is counted: failures, or what is slower than the bucket of the baseline's quantile. */
function eventsOf(source: ProofSource) {
  const { row, baseline, counted } = source
  const { quantile } = row.scope
  if (quantile === null) return { column: 'errors', condition: '', join: '', limits: '' }
  return {
    column: 'count',
    condition: ' AND bucket > slow.above',
    join: ' INNER JOIN slow USING (operation)',
    limits: `WITH
    -- The bucket that holds the baseline's own quantile, before the deployment.
    slow AS (
        SELECT operation, quantileExactWeighted(${quantile})(bucket, count) AS above
        FROM operation_minutes
        WHERE ${placeOf(source)}
          AND version = ${text(baseline.version)}
          AND ${within(counted.reference ?? baselineWindow(baseline))}
        GROUP BY operation
    )
`,
  }
}

function within({ from, to }: Range): string {
  return `minute >= ${moment(from)} AND minute < ${moment(to)}`
}

function moment(at: string): string {
  return `toDateTime('${at.slice(0, 19).replace('T', ' ')}', 'UTC')`
}

/** Names come from telemetry: a quote or a backslash in one ends no string. */
function text(name: string): string {
  return `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

const BLOCK_MINUTES = 15
const BLOCKS_PER_DAY = 96
const MINUTE_MS = 60_000

/** Quarter hours of the UTC day that a window reaches; undefined for all of them. */
function coveredBlocks({ from, to }: Range): number[] | undefined {
  const first = Math.floor(Date.parse(from) / MINUTE_MS / BLOCK_MINUTES)
  const last = Math.floor((Date.parse(to) / MINUTE_MS - 1) / BLOCK_MINUTES)
  if (last - first + 1 >= BLOCKS_PER_DAY) return undefined
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) % BLOCKS_PER_DAY)
}
