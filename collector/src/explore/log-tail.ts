import { setTimeout } from 'node:timers/promises'
import type { LogRow, LogTailMessage } from '@aftermath/schemas/api/logs'
import type { ClickHouseClient } from '@clickhouse/client'
import { readLatestLogs, type LogFilter } from './log-list.ts'

const POLL_MS = 1000
/** How late a record may arrive and still be followed; clocks of senders may be ahead as much. */
const WINDOW_MS = 60_000
const ROWS_MAX = 500

/**
 * Records as they become readable, oldest first, until the signal: what was there at the start is not
 * among them. The newest of a short time are asked for every second, so the cost does not grow with
 * the table, and what was told already is left out.
 */
export async function* followLogs(
  client: ClickHouseClient,
  filter: LogFilter,
  now: () => number,
  signal: AbortSignal,
): AsyncGenerator<LogTailMessage> {
  let seen = new Set<string>()
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const nowMs = now()
    const range = { fromMs: nowMs - WINDOW_MS, toMs: nowMs + WINDOW_MS }
    const rows = await readLatestLogs(client, { ...filter, ...range }, ROWS_MAX, signal)
    const fresh = rows.filter((row) => !seen.has(nameOf(row)))
    // What fell out of the window cannot come again.
    seen = new Set(rows.map(nameOf))
    if (!isFirst && fresh.length > 0) {
      yield { rows: fresh.toReversed(), more: fresh.length === ROWS_MAX }
    }
    await setTimeout(POLL_MS, undefined, { signal })
  }
}

const nameOf = ({ at, id }: LogRow) => `${at} ${id}`
