import type { ClickHouseClient } from '@clickhouse/client'
import type { ReleaseLine } from '../releases/read-releases.ts'
import { findShifts, type SeriesShift } from './find-shifts.ts'
import { POINT_MINUTES, readHealthSeries } from './health-points.ts'
import { readShifts, writeShifts, type StoredShift } from './stored-shifts.ts'
import { suspectsOf } from './suspects-of.ts'

const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const WEEK_MINUTES = 7 * 24 * 60
/** Twelve and a half hours by five minutes, four weeks by hours. */
const SHORT = { stepMinutes: POINT_MINUTES, steps: 150 }
const LONG = { stepMinutes: HOUR_MINUTES, steps: 28 * 24 }
/** Suspects are looked for while data that tells them apart still comes in. */
const SUSPECTS_MS = 60 * MINUTE_MS
/** Later points may place a shift a little elsewhere. */
const SAME_STEPS = 2
/** So near the beginning of a window a shift is no longer found, which is no reason to forget it. */
const EDGE_STEPS = 10

type Place = {
  line: ReleaseLine
  lines: readonly ReleaseLine[]
  untilMinute: number
  nowMs: number
}

/** Looks for shifts of a service's series by five minutes, and when an hour is over by hours. */
export async function trackShifts(
  client: ClickHouseClient,
  place: Place,
  signal: AbortSignal,
): Promise<void> {
  await track(client, place, SHORT, signal)
  const isNewHour = place.untilMinute % HOUR_MINUTES < POINT_MINUTES
  if (isNewHour) await track(client, place, LONG, signal)
}

async function track(
  client: ClickHouseClient,
  { line, lines, untilMinute, nowMs }: Place,
  { stepMinutes, steps }: typeof SHORT,
  signal: AbortSignal,
): Promise<void> {
  const { service, environment } = line
  const until = untilMinute - (untilMinute % stepMinutes)
  const fromMinute = until - steps * stepMinutes
  const read = (from: number, end: number) =>
    readHealthSeries(
      client,
      {
        ...{ service, environment, fromMinute: from, untilMinute: end, stepMinutes },
        whole: stepMinutes === HOUR_MINUTES,
      },
      signal,
    )
  const series = await read(fromMinute, until)
  const weekBefore = await read(fromMinute - WEEK_MINUTES, until - WEEK_MINUTES)
  const found = await findShifts(series, weekBefore)
  const window = { fromMs: fromMinute * MINUTE_MS, toMs: nowMs }
  const known = (await readShifts(client, { service, environment, ...window }, signal)).filter(
    (shift) => shift.stepMinutes === stepMinutes,
  )
  if (found.length === 0 && known.length === 0) return

  const kept: StoredShift[] = []
  for (const shift of found) {
    const before = known.find((one) => isSame(one, shift))
    const isYoung = nowMs - shift.atMs < SUSPECTS_MS + stepMinutes * MINUTE_MS
    const place = { service, environment, signal: shift.signal, operation: shift.operation }
    const suspects =
      before === undefined || isYoung
        ? await suspectsOf(client, { ...place, ...levelsOf(shift) }, lines, signal)
        : before.suspects
    kept.push({
      ...place,
      ...levelsOf(shift),
      stepMinutes,
      firstMs: before?.firstMs ?? shift.atMs,
      fromMs: shift.fromMs,
      untilMs: shift.untilMs,
      pValue: shift.pValue,
      label: shift.label,
      suspects,
    })
  }
  const edgeMs = window.fromMs + EDGE_STEPS * stepMinutes * MINUTE_MS
  const gone = known.filter(
    (one) => one.atMs >= edgeMs && !found.some((shift) => isSame(one, shift)),
  )
  await writeShifts(
    client,
    [
      ...kept.map((shift) => ({ ...shift, state: 'open' as const })),
      ...gone.map((shift) => ({ ...shift, state: 'gone' as const })),
    ],
    nowMs,
  )
}

function levelsOf({ atMs, before, after }: SeriesShift) {
  return { atMs, before, after }
}

function isSame(
  known: StoredShift,
  { signal, operation, atMs, stepMs, before, after }: SeriesShift,
) {
  return (
    known.signal === signal &&
    known.operation === operation &&
    Math.abs(known.atMs - atMs) <= SAME_STEPS * stepMs &&
    Math.sign(known.after - known.before) === Math.sign(after - before)
  )
}
