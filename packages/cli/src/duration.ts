const UNIT_MS = new Map([
  ['', 1000],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/**
 * Milliseconds of `90s`, `15m`, `2h`, or of a bare number of seconds.
 *
 * @returns undefined for anything else
 */
export function parseDurationMs(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smh]?)$/.exec(text.trim()) ?? []
  const unitMs = UNIT_MS.get(unit)
  return count === undefined || unitMs === undefined ? undefined : Number(count) * unitMs
}

/** `4 min`, `45 s`: how long something still takes, for people. */
export function describeDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
