const relativeTime = /^-(\d{1,5})(m|h|d)$/
// Seconds may be left out; Date.parse alone takes 'foo 1' for a day in 2001.
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i
const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Is the text a time as addresses and API take it: `now`, `-24h`, `-15m`, `-7d`, or RFC 3339? */
export function isTimePoint(text: string): boolean {
  if (text === 'now' || relativeTime.test(text)) return true
  return rfc3339.test(text) && !Number.isNaN(Date.parse(text))
}

/** Milliseconds since the epoch of a text that {@link isTimePoint}. */
export function timePointMs(text: string, nowMs: number): number {
  if (text === 'now') return nowMs
  const relative = relativeTime.exec(text)
  if (relative === null) return Date.parse(text)
  return nowMs - Number(relative[1]) * unitMs[relative[2] as 'm' | 'h' | 'd'] // by the expression
}
