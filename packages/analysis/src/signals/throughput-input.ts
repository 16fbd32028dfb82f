import type { MinuteWindow } from '../baseline/choose-baseline.ts'
import { BASELINE, CANDIDATE } from '../counts/minute-columns.ts'
import type { LevelInput, LevelRows } from './signal-input.ts'

const HOUR_MINUTES = 60
const WEEK_MINUTES = 7 * 24 * HOUR_MINUTES
const WEEKS_MAX = 4

/**
 * Requests of the whole service by minute, all its versions: what `throughput` is judged on. Each
 * hour stands beside the same hour of the latest earlier week that has any: a Sunday has less
 * traffic than the Friday before, whatever was released.
 *
 * @param totals any order of rows, four weeks before the comparison and more
 * @returns undefined where no hour has one
 */
export function throughputInput(
  totals: { minute: ArrayLike<number>; requests: ArrayLike<number> },
  windows: { reference: MinuteWindow; comparison: MinuteWindow },
): LevelInput | undefined {
  const sums = new Map<number, number>()
  for (let row = 0; row < totals.minute.length; row += 1) {
    const minute = totals.minute[row]!
    sums.set(minute, (sums.get(minute) ?? 0) + totals.requests[row]!)
  }
  const served = [...sums].filter(([, requests]) => requests > 0).toSorted(([a], [b]) => a - b)
  // What came since the deployment is no measure of it, not even a week later.
  const before = served.filter(([minute]) => minute < windows.comparison.fromMinute)
  const hours = new Set(before.map(([minute]) => hourOf(minute)))
  const within = ({ fromMinute, untilMinute }: MinuteWindow, later: number, arm: number): Row[] =>
    (arm === CANDIDATE ? served : before)
      .filter(([minute]) => minute + later >= fromMinute && minute + later < untilMinute)
      .map(([minute, level]) => ({ minute: minute + later, arm, level }))
  const earlier = Array.from({ length: WEEKS_MAX }, (_, week) => {
    const later = (week + 1) * WEEK_MINUTES
    const newer = Array.from({ length: week }, (__, k) => (k + 1) * WEEK_MINUTES)
    return within(windows.comparison, later, BASELINE).filter(({ minute }) => {
      return newer.every((back) => !hours.has(hourOf(minute - back)))
    })
  }).flat()
  if (earlier.length === 0) return undefined
  return {
    kind: 'level',
    signal: 'throughput',
    reference: levels(within(windows.reference, 0, BASELINE)),
    comparison: levels([...within(windows.comparison, 0, CANDIDATE), ...earlier]),
  }
}

type Row = { minute: number; arm: number; level: number }

function hourOf(minute: number): number {
  return Math.floor(minute / HOUR_MINUTES)
}

function levels(rows: Row[]): LevelRows {
  return {
    minute: Int32Array.from(rows, ({ minute }) => minute),
    arm: Uint8Array.from(rows, ({ arm }) => arm),
    level: Float64Array.from(rows, ({ level }) => level),
    instances: new Float64Array(rows.length).fill(1),
  }
}
