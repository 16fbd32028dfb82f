/**
 * Numbers as sentences show them. A share keeps two digits that matter, so that 0.5 % → 3.1 % reads
 * as it is; thousands are grouped; no locale is asked.
 */

/** A share as percent: `3.1 %`, `0.52 %`, `0.004 %`, `0 %`. */
export function percent(share: number): string {
  return `${digits(share * 100)} %`
}

/** A difference of shares in percentage points, without its sign: `0.31 points`. */
export function points(difference: number): string {
  return `${digits(Math.abs(difference) * 100)} points`
}

/** Whole numbers with thousands grouped: `48,210`. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** Nanoseconds as people say them: `180 ms`, `1.4 s`. */
export function duration(durationNs: number): string {
  const units: [string, number][] = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ]
  const [unit, size] = units.find(([, ns]) => durationNs >= ns) ?? ['ns', 1]
  return `${digits(durationNs / size)} ${unit}`
}

/** A factor: `1.3`. */
export function factor(ratio: number): string {
  return digits(ratio)
}

/** Minutes: `12 minutes`, `3 hours`, `2 days`. */
export function minutesWords(minutes: number): string {
  if (minutes < 120) return plural(Math.round(minutes), 'minute')
  if (minutes < 48 * 60) return plural(Math.round(minutes / 60), 'hour')
  return plural(Math.round(minutes / (24 * 60)), 'day')
}

export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** Two significant digits below 100, whole numbers above, trailing zeros dropped. */
function digits(value: number): string {
  if (value === 0) return '0'
  if (value >= 10) return (value < 100 ? Number(value.toFixed(1)) : Math.round(value)).toString()
  const rounded = Number(value.toPrecision(2))
  // Numbers below 10⁻⁶ print as powers of ten, which nobody reads.
  return rounded < 1e-6 ? '0' : rounded.toString()
}
