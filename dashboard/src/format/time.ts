import { formatLag } from './duration.ts'

/** The zone that times are shown in: an address's `tz`, else the browser's. */
export function zoneOrBrowsers(timeZone: string | undefined): string {
  return timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Is the text a zone this browser knows? */
export function isTimeZone(text: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: text }) !== undefined
  } catch {
    return false // Intl tells an unknown zone by a RangeError only
  }
}

/** 14:02 on the day of `nowMs`, else 3 Mar 14:02, and with the year when it is another one. */
export function formatMoment(
  timeMs: number,
  nowMs: number,
  timeZone: string,
  withSeconds = false,
): string {
  const clockStyle = withSeconds ? clockSeconds : clock
  const day = dayOf(timeMs, timeZone)
  const today = dayOf(nowMs, timeZone)
  if (day === today) return part(timeMs, timeZone, clockStyle)
  const sameYear = day.slice(0, 4) === today.slice(0, 4)
  const date = part(timeMs, timeZone, sameYear ? dayMonth : dayMonthYear)
  return `${date} ${part(timeMs, timeZone, clockStyle)}`
}

/** For tooltips: local with zone, then UTC. */
export function formatMomentInFull(timeMs: number, timeZone: string): string {
  const local = part(timeMs, timeZone, { ...dayMonthYear, ...clockSeconds, timeZoneName: 'short' })
  return `${local} · ${new Date(timeMs).toISOString()}`
}

/** HH:MM:SS, for lists in which each second counts. */
export function formatClock(timeMs: number, timeZone: string): string {
  return part(timeMs, timeZone, clockSeconds)
}

/** Label of a chart's tick: clock within a day, date and clock beyond, date beyond a week. */
export function formatTick(timeMs: number, spanMs: number, timeZone: string): string {
  const dayMs = 86_400_000
  if (spanMs <= 1.5 * dayMs) return part(timeMs, timeZone, clock)
  if (spanMs <= 7 * dayMs) return part(timeMs, timeZone, { weekday: 'short', ...clock })
  return part(timeMs, timeZone, dayMonth)
}

/** just now, 4 min ago, in 3 min when the clocks differ. */
export function formatAge(timeMs: number, nowMs: number): string {
  const seconds = (nowMs - timeMs) / 1000
  if (Math.abs(seconds) < 10) return 'just now'
  return seconds > 0 ? `${formatLag(seconds)} ago` : `in ${formatLag(-seconds)}`
}

/** Value of a `datetime-local` field for a moment, in a zone. */
export function toLocalField(timeMs: number, timeZone: string): string {
  const parts = wallClock(timeMs, timeZone)
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`
}

/**
 * The moment a `datetime-local` field names in a zone; undefined for an empty or broken field. A
 * time that a clock change skips is read as the one after the gap, a repeated one as its first.
 */
export function fromLocalField(field: string, timeZone: string): number | undefined {
  const wallMs = Date.parse(`${field}Z`)
  if (Number.isNaN(wallMs)) return undefined
  const offsetMs = (timeMs: number) => Date.parse(`${toLocalField(timeMs, timeZone)}Z`) - timeMs
  const dayMs = 86_400_000
  const before = wallMs - offsetMs(wallMs - dayMs)
  const after = wallMs - offsetMs(wallMs + dayMs)
  const matches = [before, after].filter((timeMs) => timeMs + offsetMs(timeMs) === wallMs)
  return matches.length > 0 ? Math.min(...matches) : before
}

const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const clockSeconds = { ...clock, second: '2-digit' } as const
const dayMonth = { day: 'numeric', month: 'short' } as const
const dayMonthYear = { ...dayMonth, year: 'numeric' } as const

function part(timeMs: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  if (Number.isNaN(timeMs)) return '–'
  return new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(timeMs)
}

function dayOf(timeMs: number, timeZone: string): string {
  const { year, month, day } = wallClock(timeMs, timeZone)
  return `${year}-${month}-${day}`
}

function wallClock(timeMs: number, timeZone: string) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    ...clock,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
  })
  const found = new Map(format.formatToParts(timeMs).map(({ type, value }) => [type, value]))
  const read = (name: Intl.DateTimeFormatPartTypes) => found.get(name) ?? ''
  return {
    year: read('year'),
    month: read('month'),
    day: read('day'),
    hour: read('hour'),
    minute: read('minute'),
  }
}
