import { readFileSync } from 'node:fs'
import type { ClickHouseClient } from '@clickhouse/client'
import { judgedUntilMinute } from '@aftermath/analysis/baseline/choose-baseline'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'

type Deps = {
  client: ClickHouseClient
  now: () => number
  /** Later than whatever was written or judged before. */
  stamp: () => number
}

const HOUR_MINUTES = 60
const DAY_MINUTES = 24 * HOUR_MINUTES
/** How far back a look goes: raw rows, which are many, and roll-ups, which are counted again. */
const EVERY_MINUTE = { rawMinutes: 2, rolledMinutes: 30 }
/** A session may be updated for five days. */
const EVERY_HOUR = { rawMinutes: 90, rolledMinutes: 6 * DAY_MINUTES }
const FIRST = { rawMinutes: DAY_MINUTES, rolledMinutes: 6 * DAY_MINUTES }

const statement = readFileSync(new URL('close-signals.sql', import.meta.url), 'utf8')

/**
 * Copies the minutes of signals besides requests to `judged_signals` once they may be judged, and
 * again when they have changed.
 *
 * @returns closes what may be judged by now, once a minute
 */
export function openClosedSignals({ client, now, stamp }: Deps) {
  let closedUntil: number | undefined
  let lookedBackAt = 0
  return async (signal: AbortSignal): Promise<void> => {
    const until = judgedUntilMinute(now(), defaultPolicy)
    if (closedUntil !== undefined && until <= closedUntil) return
    const looksBack = until - lookedBackAt >= HOUR_MINUTES
    const reach = closedUntil === undefined ? FIRST : looksBack ? EVERY_HOUR : EVERY_MINUTE
    const missed = until - (closedUntil ?? until)
    await client.command({
      query: statement,
      query_params: {
        fromMinute: until - missed - reach.rolledMinutes,
        rawFromMinute: until - missed - reach.rawMinutes,
        untilMinute: until,
        generation: stamp(),
      },
      clickhouse_settings: { async_insert: 0, max_threads: 1, max_memory_usage: String(2 ** 30) },
      abort_signal: signal,
    })
    if (closedUntil === undefined || looksBack) lookedBackAt = until
    closedUntil = until
  }
}
