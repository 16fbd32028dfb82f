import { SEGMENT_MIN, changePoints } from './change-points.ts'

/**
 * Values at equal steps of time, as natural logarithms, so that differences are ratios. Null is a
 * gap: nothing was measured, which is not 0.
 */
export type Series = { stepMs: number; startMs: number; value: readonly (number | null)[] }

/** A series came to a new level. */
export type Shift = {
  /** Start of the first step of the new level. */
  atMs: number
  /** When it happened, as far as the steps tell: between the last of the old level and the new one. */
  fromMs: number
  untilMs: number
  /** Means of the segments beside, natural logarithms. */
  before: number
  after: number
  pValue: number
  /** Place in the series: of the shift, and of the segments beside. */
  index: number
  segment: { from: number; until: number }
}

/** Smaller changes of level are not worth a name. */
const CHANGE_MIN = 0.05

/** Changes of level of at least 5 %, oldest first. */
export function shiftsOf(series: Series): Shift[] {
  const places = presentIn(series)
  const changes = changePoints(places.map((place) => series.value[place]!))
  return changes.flatMap((change, k) => {
    if (Math.abs(Math.expm1(change.after - change.before)) < CHANGE_MIN) return []
    const index = places[change.index]!
    const { stepMs, startMs } = series
    const timeOf = (place: number) => startMs + place * stepMs
    const lastBefore = places[change.index - 1]!
    return {
      atMs: timeOf(index),
      // What happened in a gap happened anywhere in it.
      fromMs: timeOf(lastBefore),
      untilMs: timeOf(index) + stepMs,
      before: change.before,
      after: change.after,
      pValue: change.pValue,
      index,
      segment: {
        from: places[changes[k - 1]?.index ?? 0]!,
        until: places[changes[k + 1]?.index ?? places.length] ?? series.value.length,
      },
    }
  })
}

function presentIn({ value }: Series): number[] {
  return [...value.keys()].filter((place) => value[place] !== null)
}

/** The part of the window that tells whether a change stayed. */
const LAST_PART = 0.2

/** Whether the last fifth of the window is back within half of the change. */
export function wentAway({ value }: Series, { index, before, after }: Shift): boolean {
  const from = Math.max(index, value.length - Math.ceil(value.length * LAST_PART))
  const last = meanOf(value, from, value.length)
  if (last === undefined) return false
  return Math.abs(last.mean - before) <= Math.abs(after - before) / 2
}

/**
 * Whether the same shape was there a week before: a step of the same direction at the same place, at
 * least half as large.
 *
 * @param weekBefore the same steps, a week earlier; all gaps where it did not run
 */
export function isSeasonal(weekBefore: Series, { index, before, after, segment }: Shift): boolean {
  const old = meanOf(weekBefore.value, segment.from, index)
  const young = meanOf(weekBefore.value, index, segment.until)
  if (old === undefined || young === undefined) return false
  if (old.count < SEGMENT_MIN || young.count < SEGMENT_MIN) return false
  const change = after - before
  return (young.mean - old.mean) / change >= 0.5
}

/**
 * Whether cost only moved between siblings: what an operation gained, the others lost at the same
 * place (Yang et al. 2024, cost shift).
 *
 * @param own cost by step of the operation: failures, time; null is a gap
 * @param others the same of all its siblings together
 */
export function isMoved(
  own: readonly (number | null)[],
  others: readonly (number | null)[],
  { index, segment }: Shift,
): boolean {
  const gained = stepOf(own, segment.from, index, segment.until)
  const lost = stepOf(others, segment.from, index, segment.until)
  if (gained === undefined || lost === undefined) return false
  // A loss within the noise of the others is no answer to the gain.
  const isOpposite = gained.change * lost.change < 0 && Math.abs(lost.change) > 3 * lost.error
  return isOpposite && Math.abs(gained.change + lost.change) < Math.abs(gained.change) / 2
}

function stepOf(
  values: readonly (number | null)[],
  from: number,
  index: number,
  until: number,
): { change: number; error: number } | undefined {
  const old = meanOf(values, from, index)
  const young = meanOf(values, index, until)
  if (old === undefined || young === undefined) return undefined
  const error = Math.sqrt(old.variance / old.count + young.variance / young.count)
  return { change: young.mean - old.mean, error }
}

function meanOf(values: readonly (number | null)[], from: number, until: number) {
  const present = values.slice(from, until).filter((value) => value !== null)
  const count = present.length
  if (count === 0) return undefined
  const mean = present.reduce((sum, value) => sum + value, 0) / count
  const squares = present.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, count, variance: count < 2 ? 0 : squares / (count - 1) }
}

const HOUR_MS = 3_600_000
const WEEK_HOURS = 7 * 24
const WEEKS_MIN = 3

/** Without the usual course of a week: the median of each hour of the week, once there are three. */
export function withoutSeason(series: Series): Series {
  const { stepMs, startMs, value } = series
  if (value.length * stepMs < WEEKS_MIN * WEEK_HOURS * HOUR_MS) return series
  const hourOf = (place: number) => Math.floor((startMs + place * stepMs) / HOUR_MS) % WEEK_HOURS
  const byHour = Map.groupBy(presentIn(series), hourOf)
  const usual = new Map(
    [...byHour].map(([hour, places]) => [hour, medianOf(places.map((place) => value[place]!))]),
  )
  const level = medianOf([...usual.values()])
  return {
    ...series,
    value: value.map((one, place) =>
      one === null ? null : one - usual.get(hourOf(place))! + level,
    ),
  }
}

function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

/** Shifts at the same time, give or take a step of the coarser series, are one incident. */
export function incidentsOf<Placed extends { atMs: number; stepMs: number }>(
  shifts: readonly Placed[],
): Placed[][] {
  const incidents: Placed[][] = []
  for (const shift of shifts.toSorted((a, b) => a.atMs - b.atMs)) {
    const last = incidents.at(-1)
    const near = last?.some(
      ({ atMs, stepMs }) => shift.atMs - atMs <= Math.max(stepMs, shift.stepMs),
    )
    if (near === true) last!.push(shift)
    else incidents.push([shift])
  }
  return incidents
}
