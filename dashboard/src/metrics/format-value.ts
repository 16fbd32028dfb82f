import { formatDuration } from '../format/duration.ts'
import { formatBytes, join, threeDigits } from '../format/number.ts'

const durationNs: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, min: 60e9 }
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/**
 * How values of a unit are written, as UCUM names it: `s` as a duration, `By` as a size, `1` and
 * annotations like `{request}` as plain numbers.
 */
export function valueFormat(unit: string, perSecond: boolean): (value: number) => string {
  const plain = unitFormat(perSecond && unit in durationNs ? '' : unit)
  return perSecond ? (value) => `${plain(value)}/s` : plain
}

function unitFormat(unit: string): (value: number) => string {
  const sizeNs = durationNs[unit]
  if (sizeNs !== undefined) {
    return (value) =>
      value < 0 ? `−${formatDuration(-value * sizeNs)}` : formatDuration(value * sizeNs)
  }
  if (unit === 'By') return (value) => (value < 0 ? `−${formatBytes(-value)}` : formatBytes(value))
  if (unit === '%') return (value) => join(number(value), '%')
  const name = unit === '1' || unit.startsWith('{') ? '' : unit.slice(0, 20)
  return (value) => (name === '' ? number(value) : join(number(value), name))
}

function number(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-6) return value.toExponential(1)
  return Math.abs(value) >= 10_000 ? compact.format(value) : threeDigits(value)
}
