import type { Logger } from 'pino'
import type { Clients } from '../clickhouse/connection.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { DirtyMinutes } from './dirty-minutes.ts'
import type { Pause } from './pause.ts'
import {
  differingMinutes,
  readRowsByMinute,
  ROLL_UPS,
  sourcesOf,
  summedFrom,
  withRawRows,
} from './roll-ups.ts'

type Deps = {
  clients: Pick<Clients, 'of'>
  dirty: DirtyMinutes
  writerOf: (database: string) => Pause
  metrics: Metrics
  log: Logger
  now: () => number
  random?: () => number
}

const HOUR_S = 3600
const LOOKBACK_HOURS = 7 * 24
// Of a busier hour, minutes by chance: an audit costs seconds, not a share of the machine.
const ROWS_MAX = 2_000_000
const TRACES_SHARE = 64

/**
 * Counts the last whole hour and one of the week before again. What differs is marked dirty, and so
 * repaired; it should never happen, so it is told.
 */
export async function auditRollUps(deps: Deps, database: string): Promise<void> {
  const { now, random = Math.random } = deps
  const last = Math.floor(now() / 1000 / HOUR_S) * HOUR_S - HOUR_S
  const back = 1 + Math.floor(random() * (LOOKBACK_HOURS - 1))
  for (const hour of [last, last - back * HOUR_S]) {
    for (const audited of AUDITED) await auditHour(deps, database, { hour, ...audited })
  }
}

/** What is recounted in the minutes of which raw table. */
const AUDITED = [
  {
    source: 'otel_traces',
    only: ROLL_UPS.map(({ target }) => target).filter(
      (target) => !summedFrom('otel_logs').includes(target),
    ),
  },
  { source: 'otel_logs', only: summedFrom('otel_logs') },
]

async function auditHour(
  deps: Deps,
  database: string,
  { hour, source, only }: { hour: number; source: string; only: string[] },
): Promise<void> {
  const { clients, dirty, writerOf, metrics, log, random = Math.random } = deps
  const client = clients.of(database)
  const all = Array.from({ length: 60 }, (_, i) => hour + i * 60)
  const there = await withRawRows({ client, database }, source, all)
  const isDirty = dirty.minutesOf(database)
  const rows = there.length === 0 ? new Map() : await readRowsByMinute(client, source, all)
  let budget = ROWS_MAX
  const minutes = there
    .filter((minute) => !isDirty.has(minute))
    .map((minute) => ({ minute, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .filter(({ minute }) => (budget -= Number(rows.get(minute) ?? 0)) >= 0)
    .map(({ minute }) => minute)
    .toSorted((a, b) => a - b)
  const scope = { client, database, minutes, only, tracesShare: TRACES_SHARE }
  if ((await differingMinutes(scope)).length === 0) return

  // What is written meanwhile is in its table before it is in the view: look again while nothing is.
  const differences = await writerOf(database).alone(() => differingMinutes(scope))
  for (const [target, group] of Map.groupBy(differences, (one) => one.target)) {
    const wrong = group.map(({ minute }) => minute).toSorted((a, b) => a - b)
    metrics.rollUpMismatch.inc({ table: target }, wrong.length)
    log.error(
      { database, target, minutes: wrong.length },
      'A roll-up is no recount, it is repaired',
    )
    for (const raw of sourcesOf(target)) {
      const mark = await dirty.mark(database, raw, wrong, 'audit')
      mark.end()
    }
  }
}
