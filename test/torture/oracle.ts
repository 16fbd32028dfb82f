import { idColumns } from './ids.ts'
import type { Attempt, Kind, Ledger } from './ledger.ts'
import type { Read } from './read-engine.ts'
import { findRollUpDifferences } from './roll-ups.ts'

const POINT_TABLES = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map(
  (kind) => `otel_metrics_${kind}`,
)

export interface Verified {
  figures: Record<string, number>
  failures: string[]
}

type Options = {
  ledger: Ledger
  read: Read
  databases: readonly string[]
  /** Attempts that lie in dead letters, or in reported damage: acknowledged, and not in the tables. */
  explained?: ReadonlySet<number>
}

/**
 * Holds what the tables have against what was answered: acknowledged once, unanswered once or not at
 * all but never in part, refused never, and nothing that nobody sent. Roll-ups are what their raw rows
 * add up to.
 */
export async function verify({
  ledger,
  read,
  databases,
  explained = new Set(),
}: Options): Promise<Verified> {
  const failures: string[] = ledger.anomalies.slice()
  const counts = { lost: 0, doubled: 0, partial: 0, revived: 0, foreign: 0, explained: 0 }
  let unansweredStored = 0
  let stored = 0
  let rollUpDifferences = 0
  const seen = new Map<number, Found>()

  for (const database of databases) {
    for (const kind of ['traces', 'logs', 'metrics'] as const) {
      for (const found of await readFound(read, ledger, database, kind)) {
        stored += found.rows
        const attempt = ledger.attempts[found.attempt]
        const isKnown =
          found.ours &&
          attempt !== undefined &&
          attempt.kind === kind &&
          attempt.database === database &&
          !seen.has(found.attempt)
        if (!isKnown) {
          counts.foreign += found.rows
          failures.push(`${found.rows} rows of ${kind} in ${database} that nobody sent there`)
          continue
        }
        seen.set(found.attempt, found)
      }
    }
    const differing = await findRollUpDifferences(read, database)
    for (const [table, keys] of Object.entries(differing)) {
      rollUpDifferences += keys
      failures.push(`${table} of ${database} differs from a recount in ${keys} keys`)
    }
  }

  for (const attempt of ledger.attempts) {
    const judged = judge(attempt, seen.get(attempt.no), explained.has(attempt.no))
    if (judged === 'right') {
      if (attempt.answer === 'unanswered') unansweredStored += seen.get(attempt.no)?.rows ?? 0
      continue
    }
    counts[judged] += attempt.items
    if (judged !== 'explained') failures.push(tell(attempt, seen.get(attempt.no), judged))
  }
  const { sent, acknowledged, unanswered, refused } = ledger.totals()
  return {
    figures: {
      attempts: ledger.attempts.length,
      sent,
      acknowledged,
      unanswered,
      refused,
      stored,
      unansweredStored,
      ...counts,
      rollUpDifferences,
    },
    failures: shorten(failures),
  }
}

interface Found {
  attempt: number
  ours: boolean
  rows: number
  distinct: number
  first: number
  last: number
}

async function readFound(
  read: Read,
  ledger: Ledger,
  database: string,
  kind: Kind,
): Promise<Found[]> {
  const columns = kind === 'metrics' ? idColumns.points(ledger) : idColumns.spans(ledger)
  const source =
    kind === 'metrics'
      ? POINT_TABLES.map((table) => `SELECT ${columns} FROM ${table}`).join(' UNION ALL ')
      : `SELECT ${columns} FROM otel_${kind}`
  const rows = await read(
    `SELECT attempt, ours, count(), uniqExact(item), min(item), max(item)
    FROM (${source}) GROUP BY attempt, ours`,
    database,
  )
  return rows.map((row) => {
    const [attempt = 0, ours = 0, count = 0, distinct = 0, first = 0, last = 0] = row.map(Number)
    return { attempt, ours: ours === 1, rows: count, distinct, first, last }
  })
}

function judge(
  { items, answer }: Attempt,
  found: Found | undefined,
  isExplained: boolean,
): 'right' | 'lost' | 'doubled' | 'partial' | 'revived' | 'explained' {
  if (found === undefined) {
    if (answer !== 'acknowledged') return 'right'
    return isExplained ? 'explained' : 'lost'
  }
  if (answer === 'refused') return 'revived'
  if (found.rows !== found.distinct || isExplained) return 'doubled'
  const isWhole = found.rows === items && found.first === 0 && found.last === items - 1
  return isWhole ? 'right' : 'partial'
}

function tell({ no, kind, items, answer }: Attempt, found: Found | undefined, judged: string) {
  const stored = found === undefined ? 0 : `${found.rows} rows, ${found.distinct} of its`
  return `${judged}: attempt ${no} (${kind}, ${answer}) has ${stored} ${items} items stored`
}

const FAILURES_MAX = 20

function shorten(failures: readonly string[]): string[] {
  if (failures.length <= FAILURES_MAX) return failures.slice()
  return [...failures.slice(0, FAILURES_MAX), `… and ${failures.length - FAILURES_MAX} more`]
}
