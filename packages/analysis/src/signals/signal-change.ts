import { changedAtDeployment } from '../watch/change-at-deployment.ts'
import type { JudgeInput } from '../verdict/judgement.ts'
import { CANDIDATE } from '../counts/minute-columns.ts'
import { TAIL_MINUTES } from '../baseline/reference.ts'
import type { MinuteSeries } from '../baseline/reference.ts'
import type { CountRows } from './signal-input.ts'

/** Exposure and events of a signal in both windows. */
export type SignalSeries = { reference: CountRows; comparison: CountRows }

/** Whether a signal besides requests rose to a new level when the release was deployed. */
export function signalChanged(
  { reference, comparison }: SignalSeries,
  { baseline, policy }: JudgeInput,
  untilMinute: number,
): boolean {
  if (baseline.reference === null) return false
  const { fromMinute } = baseline.comparison
  const past = baseline.reference.untilMinute
  const before = series(reference, undefined, past - TAIL_MINUTES, past)
  const firstMinute = fromMinute + policy.warmupMinutes
  const after = series(comparison, CANDIDATE, firstMinute, untilMinute)
  return changedAtDeployment({
    measure: 'errors',
    before,
    after,
    deploymentMinute: fromMinute,
    policy,
  })
}

/** Minutes with exposure, ascending; `requests` are its units and `errors` its events. */
function series(
  rows: CountRows,
  arm: number | undefined,
  fromMinute: number,
  untilMinute: number,
): MinuteSeries {
  const sums = new Map<number, { n: number; x: number }>()
  for (const [row, minute] of rows.minute.entries()) {
    if (minute < fromMinute || minute >= untilMinute) continue
    if (arm !== undefined && rows.arm[row] !== arm) continue
    const sum = sums.get(minute) ?? { n: 0, x: 0 }
    sum.n += rows.n[row]!
    sum.x += rows.x[row]!
    sums.set(minute, sum)
  }
  const served = [...sums].filter(([, { n }]) => n > 0).toSorted(([a], [b]) => a - b)
  return {
    minute: served.map(([minute]) => minute),
    requests: served.map(([, { n }]) => n),
    errors: served.map(([, { x }]) => x),
    slow50: [],
    slow95: [],
    slow99: [],
  }
}
