import { LONGEST_WINDOW_MINUTES } from '@aftermath/analysis/slo/burn-rules'
import { foldBurn, type BurnEvent } from '@aftermath/analysis/slo/fold-burn'
import type { BaselineSummary } from '@aftermath/schemas/verdict'
import type { ClickHouseClient } from '@clickhouse/client'
import type { ReleaseLine } from '../releases/read-releases.ts'
import { countMinutes, readSloMinutes } from './slo-counts.ts'
import { readSloReleases } from './slo-releases.ts'
import type { SloStateBody } from './slo-state.ts'
import type { StoredSlo } from './stored-slos.ts'

const DAY_MINUTES = 24 * 60
const DAY_MS = DAY_MINUTES * 60_000
/** Requests that arrive a little late are met by counting these again, every time. */
const SETTLING_MINUTES = 10
/** What came later than that has the longest window counted again, this often at most… */
const RECOUNT_MS = 15 * 60_000
/** …and everything once a day: what is counted then equals the roll-up again. */
const COUNT_ALL_MS = DAY_MS

export type SloSurroundings = {
  /** Releases of the service in the environment, with what came late for it. */
  line: ReleaseLine | undefined
  /** What releases were judged against, by version. */
  baselines: ReadonlyMap<string, BaselineSummary>
  /** End of the last minute that is complete. */
  untilMinute: number
  nowMs: number
}

/**
 * Counts what is new of an objective and looks at its rules after each minute since the last look,
 * however long ago that was: the events are the same as if it had looked every minute.
 */
export async function evaluateSlo(
  client: ClickHouseClient,
  slo: StoredSlo,
  before: SloStateBody | undefined,
  { line, baselines, untilMinute, nowMs }: SloSurroundings,
  signal: AbortSignal,
): Promise<{ body: SloStateBody; events: BurnEvent[] }> {
  const periodMinutes = slo.periodDays * DAY_MINUTES
  const period = { fromMinute: untilMinute - periodMinutes, untilMinute }
  // A release that began with the period is measured against the day before it.
  const first = period.fromMinute - DAY_MINUTES
  const lateCount = line?.late.lateCount ?? 0
  const plan = recountFrom(before, { first, untilMinute, lateCount, nowMs })
  // Before the service was first seen there is nothing to count.
  const fromSeen = Math.floor((line?.firstSeenMs ?? nowMs) / 60_000)
  const countedFrom = Math.max(plan.fromMinute, Math.min(fromSeen, untilMinute - SETTLING_MINUTES))
  await countMinutes(client, slo, { fromMinute: countedFrom, untilMinute }, signal)

  const fromMinute = before?.untilMinute ?? period.fromMinute
  const { id, revision } = slo
  const columns = await readSloMinutes(
    client,
    {
      id,
      revision,
      fromMinute: Math.min(fromMinute - LONGEST_WINDOW_MINUTES, period.fromMinute),
      untilMinute,
    },
    signal,
  )
  const minutes = {
    minute: columns.minute_number,
    total: columns.requests,
    bad: columns.bad_requests,
  }
  const { events, firing, windows } = foldBurn({
    minutes,
    fromMinute,
    untilMinute,
    objective: { target: slo.target, periodMinutes },
    ...(before !== undefined && { firing: before.firing }),
  })
  const sumSince = (from: number) => {
    const sum = { bad: 0, total: 0 }
    for (const [row, minute] of minutes.minute.entries()) {
      if (minute < from) continue
      sum.bad += minutes.bad[row]!
      sum.total += minutes.total[row]!
    }
    return sum
  }
  const body = {
    fromMinute: first,
    untilMinute,
    recountedMs: plan.isRecount ? nowMs : (before?.recountedMs ?? nowMs),
    countedAllMs: plan.isAll ? nowMs : (before?.countedAllMs ?? nowMs),
    lateCount: plan.isRecount ? lateCount : (before?.lateCount ?? lateCount),
    firing,
    windows,
    period: sumSince(period.fromMinute),
    lastDay: sumSince(untilMinute - DAY_MINUTES),
    releases: await readSloReleases(client, slo, { period, line, baselines }, signal),
  }
  return { body, events }
}

/** From where on minutes are counted: new ones, those something came late for, or all. */
function recountFrom(
  before: SloStateBody | undefined,
  {
    first,
    untilMinute,
    lateCount,
    nowMs,
  }: { first: number; untilMinute: number; lateCount: number; nowMs: number },
): { fromMinute: number; isRecount: boolean; isAll: boolean } {
  if (before === undefined || nowMs - before.countedAllMs >= COUNT_ALL_MS) {
    return { fromMinute: first, isRecount: true, isAll: true }
  }
  const isLate = lateCount !== before.lateCount && nowMs - before.recountedMs >= RECOUNT_MS
  const settling = before.untilMinute - SETTLING_MINUTES
  const fromMinute = isLate ? Math.min(settling, untilMinute - LONGEST_WINDOW_MINUTES) : settling
  return { fromMinute: Math.max(first, fromMinute), isRecount: isLate, isAll: false }
}
