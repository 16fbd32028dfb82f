import { judgedUntilMinute } from '@aftermath/analysis/baseline/choose-baseline'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import type { ClickHouseClient } from '@clickhouse/client'
import { countPoints } from '../changes/health-points.ts'
import { trackShifts } from '../changes/track-shifts.ts'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import { databaseOf, type Control } from '../control/control.ts'
import { readReleaseLines } from '../releases/read-releases.ts'
import { eachProject } from './each-project.ts'
import type { Job } from './job.ts'

const INTERVAL_MS = 30_000
/** A service that sent nothing for so long has no new level. */
const QUIET_MS = 60 * 60_000

type Deps = { clickhouse: ClickHouse; control: Pick<Control, 'projects'>; now: () => number }

/** Counts five-minute points as they end and looks for changes of level in them. */
export function trackShiftsJob({ clickhouse, control, now }: Deps): Job {
  return {
    name: 'track_shifts',
    intervalMs: INTERVAL_MS,
    async run(signal) {
      await eachProject(control, 'Some services could not be looked at for shifts', (project) =>
        trackProject(clickhouse.clients.of(databaseOf(project)), now(), signal),
      )
    },
  }
}

/** @returns what failed: one service that cannot be read holds up no other */
export async function trackProject(
  client: ClickHouseClient,
  nowMs: number,
  signal: AbortSignal,
): Promise<unknown[]> {
  const untilMinute = judgedUntilMinute(nowMs, defaultPolicy)
  const lines = await readReleaseLines(client, {}, signal)
  if (lines.length === 0) return []
  const firstSeenMinute = Math.floor(
    Math.min(...lines.map(({ firstSeenMs }) => firstSeenMs)) / 60_000,
  )
  if (!(await countPoints(client, { untilMinute, firstSeenMinute }, signal))) return []
  const failures: unknown[] = []
  for (const line of lines) {
    if (nowMs - line.lastSeenMs > QUIET_MS) continue
    try {
      await trackShifts(client, { line, lines, untilMinute, nowMs }, signal)
    } catch (error) {
      signal.throwIfAborted()
      failures.push(error)
    }
  }
  return failures
}
