import {
  isMoved,
  isSeasonal,
  shiftsOf,
  wentAway,
  withoutSeason,
  type Shift,
} from '@aftermath/analysis/shifts/shifts'
import type { ShiftSignal } from '@aftermath/schemas/api/incidents'
import type { HealthSeries } from './health-points.ts'

/** A shift of one series of a service. */
export type SeriesShift = Shift & {
  signal: ShiftSignal
  /** '' is the whole service. */
  operation: string
  stepMs: number
  label: 'shift' | 'moved'
}

const SIGNALS: ShiftSignal[] = ['error_rate', 'latency_p50', 'latency_p95']

/**
 * Shifts of a service's series that stayed and that the week before did not have. Waits between two
 * series, so that what else there is to do comes in between.
 *
 * @param weekBefore the same series a week earlier; what is missing there is no season
 */
export async function findShifts(
  series: readonly HealthSeries[],
  weekBefore: readonly HealthSeries[],
): Promise<SeriesShift[]> {
  const found: SeriesShift[] = []
  for (const one of series) {
    for (const signal of SIGNALS) {
      const own = withoutSeason(one.bySignal[signal])
      const old = weekBefore.find(({ operation }) => operation === one.operation)?.bySignal[signal]
      for (const shift of shiftsOf(own)) {
        if (wentAway(own, shift)) continue
        if (old !== undefined && isSeasonal(old, shift)) continue
        const label = isMovedBetween(series, one, signal, shift) ? 'moved' : 'shift'
        found.push({ ...shift, signal, operation: one.operation, stepMs: own.stepMs, label })
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return found
}

/** Whether what an operation gained, the rest of its service lost. */
function isMovedBetween(
  series: readonly HealthSeries[],
  one: HealthSeries,
  signal: ShiftSignal,
  shift: Shift,
): boolean {
  const whole = series.find(({ operation }) => operation === '')
  if (one.operation === '' || whole === undefined) return false
  const cost = signal === 'error_rate' ? 'failures' : 'timeNs'
  const others = whole[cost].map((all, step) =>
    all === null ? null : all - (one[cost][step] ?? 0),
  )
  return isMoved(one[cost], others, shift)
}
