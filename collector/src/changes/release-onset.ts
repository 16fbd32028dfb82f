import { shiftsOf, wentAway, type Series } from '@aftermath/analysis/shifts/shifts'
import type { Onset, ShiftSignal } from '@aftermath/schemas/api/incidents'
import type { ClickHouseClient } from '@clickhouse/client'
import type { ReleaseLine } from '../releases/read-releases.ts'
import { POINT_MINUTES } from './health-points.ts'
import { suspectsOf } from './suspects-of.ts'
import { pointValue, readVersionPoints } from './version-points.ts'

const MINUTE_MS = 60_000
const STEP_MS = POINT_MINUTES * MINUTE_MS
/** Twelve and a half hours: of the time before the deployment, three at most. */
const STEPS_MAX = 150
const BEFORE_MINUTES = 180

export type OnsetInput = {
  service: string
  environment: string
  version: string
  baselineVersion: string | null
  deployedMs: number
  lastSeenMs: number
  /** When the present verdict began: what began with it is looked at, however old the release is. */
  sinceMs: number | null
  nowMs: number
  lines: readonly ReleaseLine[]
}

/**
 * Since when a release is worse: the first rise of each signal in its own five-minute points that
 * stayed, those of its baseline before the deployment. A canary's onset shows although the service as
 * a whole hardly moves.
 */
export async function readOnsets(
  client: ClickHouseClient,
  input: OnsetInput,
  signal: AbortSignal,
): Promise<Onset[]> {
  const { service, environment, version, baselineVersion, deployedMs } = input
  const lastMs = Math.min(input.lastSeenMs, input.nowMs)
  const endMs = Math.min(lastMs, (input.sinceMs ?? lastMs) + STEPS_MAX * STEP_MS * 0.2)
  const until = Math.floor(endMs / STEP_MS)
  const from = Math.max(
    Math.floor((deployedMs - BEFORE_MINUTES * MINUTE_MS) / STEP_MS),
    until - STEPS_MAX,
  )
  if (until <= from) return []
  const rows = await readVersionPoints(
    client,
    {
      ...{ service, environment, operation: '' },
      fromMinute: from * POINT_MINUTES,
      untilMinute: until * POINT_MINUTES,
    },
    signal,
  )
  const deployedStep = Math.floor(deployedMs / STEP_MS) - from
  const onsets: Onset[] = []
  for (const measure of ['error_rate', 'latency_p50', 'latency_p95'] satisfies ShiftSignal[]) {
    const value = Array.from({ length: until - from }, (_, step) => {
      const of = step < deployedStep ? baselineVersion : version
      const row = rows.find((one) => one.step === step && one.version === of)
      return row === undefined ? null : pointValue(row, measure)
    })
    const series: Series = { stepMs: STEP_MS, startMs: from * STEP_MS, value }
    const shift = shiftsOf(series).find(
      (one) => one.after > one.before && one.untilMs > deployedMs && !wentAway(series, one),
    )
    if (shift === undefined) continue
    const { atMs, fromMs, untilMs, before, after, pValue } = shift
    const found = { service, environment, signal: measure, operation: '', atMs, before, after }
    onsets.push({
      signal: measure,
      at: new Date(atMs).toISOString(),
      from: new Date(fromMs).toISOString(),
      to: new Date(untilMs).toISOString(),
      before: Math.exp(before),
      after: Math.exp(after),
      pValue,
      suspects: await suspectsOf(client, found, input.lines, signal),
    })
  }
  return onsets
}
