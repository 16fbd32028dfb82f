import { join, threeDigits, unknownMark } from './number.ts'

const steps = [
  { unit: 'ns', sizeNs: 1 },
  { unit: 'µs', sizeNs: 1e3 },
  { unit: 'ms', sizeNs: 1e6 },
  { unit: 's', sizeNs: 1e9 },
]

/** A latency in the unit that keeps three digits before the point at most: 412 ms, 1.05 s. */
export function formatDuration(durationNs: number | null): string {
  if (durationNs === null) return unknownMark
  if (durationNs === 0) return '0'
  // 999.6 ms would read as 1000 ms: the step is chosen by what will be shown.
  const step = steps.findLast(({ sizeNs }) => Number((durationNs / sizeNs).toPrecision(3)) >= 1)
  const { unit, sizeNs } = step ?? { unit: 'ns', sizeNs: 1 }
  return join(threeDigits(durationNs / sizeNs), unit)
}

/** A difference of latencies, with its sign, both ends in the unit of the larger: −2 to +18 ms. */
export function formatDurationInterval(lowNs: number, highNs: number): string {
  const largest = Math.max(Math.abs(lowNs), Math.abs(highNs))
  const step = steps.findLast(({ sizeNs }) => largest >= sizeNs) ?? steps[0]!
  const signed = (ns: number) => {
    const value = Number((ns / step.sizeNs).toFixed(2))
    const digits = threeDigits(Math.abs(value))
    return value > 0 ? `+${digits}` : value < 0 ? `\u2212${digits}` : '0'
  }
  return join(`${signed(lowNs)} to ${signed(highNs)}`, step.unit)
}

/** A lag in words: 4 s, 3 min, 2 h, 5 d. */
export function formatLag(seconds: number): string {
  if (seconds < 90) return join(threeDigits(Math.round(seconds)), 's')
  if (seconds < 90 * 60) return join(String(Math.round(seconds / 60)), 'min')
  if (seconds < 36 * 3600) return join(String(Math.round(seconds / 3600)), 'h')
  return join(String(Math.round(seconds / 86_400)), 'd')
}
