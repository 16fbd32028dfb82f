/** A number is joined to its unit and never broken from it. */
const noBreakSpace = '\u00a0'
const minus = '\u2212'
/** What stands for a value nobody knows; `0` is a number. */
export const unknownMark = '–'

const exact = new Intl.NumberFormat('en')
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** A count in full: 48,210. */
export function formatCount(count: number): string {
  return exact.format(Math.round(count))
}

/** A count for tiles: in full below 10,000, then 48.2K. */
export function formatCompact(count: number): string {
  return Math.abs(count) < 10_000 ? formatCount(count) : compact.format(count)
}

/** Events per minute; small rates keep a digit. */
export function formatPerMinute(perMinute: number): string {
  if (perMinute > 0 && perMinute < 0.1) return '< 0.1'
  return perMinute < 10 ? trimZeros(perMinute.toFixed(1)) : formatCompact(perMinute)
}

/** A rate 0…1 in percent. What is not 0 or 100 % is never shown as such. */
export function formatRate(rate: number | null): string {
  if (rate === null) return unknownMark
  const percent = rate * 100
  if (percent > 0 && percent < 0.01) return join('< 0.01', '%')
  if (percent < 100 && percent > 99.99) return join('> 99.99', '%')
  return join(trimZeros(percent.toFixed(percentDigits(percent))), '%')
}

/** A share 0…1 of traffic: whole percents are enough, its ends stay honest. */
export function formatShare(share: number | null): string {
  if (share === null) return unknownMark
  const percent = share * 100
  if (percent > 0 && percent < 1) return join('< 1', '%')
  if (percent < 100 && percent > 99) return join('> 99', '%')
  return join(String(Math.round(percent)), '%')
}

/** A difference of rates, in points with its sign: +0.9 points. */
export function formatPoints(difference: number): string {
  return join(signedPoints(difference), 'points')
}

/** An interval of a difference of rates: +0.4 to +0.9 points. */
export function formatPointsInterval(low: number, high: number): string {
  return join(`${signedPoints(low)} to ${signedPoints(high)}`, 'points')
}

/** A difference of scores of 0…1: +0.04. */
export function formatScore(difference: number): string {
  const size = Math.abs(difference)
  const sign = difference > 0 ? '+' : difference < 0 ? minus : ''
  return size > 0 && size < 0.001 ? `${sign}<0.001` : `${sign}${trimZeros(size.toFixed(3))}`
}

/** A ratio: ×1.25. */
export function formatRatio(ratio: number): string {
  return `×${trimZeros(ratio.toFixed(ratio < 10 ? 2 : 0))}`
}

const sizeUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** A size in binary units with three digits: 12.4 MiB. */
export function formatBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < sizeUnits.length - 1) {
    size /= 1024
    unit += 1
  }
  return join(unit === 0 ? formatCount(size) : threeDigits(size), sizeUnits[unit] ?? '')
}

/** Three significant digits without an exponent and without trailing zeros after the point. */
export function threeDigits(value: number): string {
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(3))
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))))
  return trimZeros(rounded.toFixed(Math.min(digits, 6)))
}

export const join = (number: string, unit: string) => `${number}${noBreakSpace}${unit}`

function signedPoints(difference: number): string {
  const points = difference * 100
  const size = Math.abs(points)
  if (size === 0) return '0'
  const sign = points > 0 ? '+' : minus
  if (size < 0.01) return `${sign}<0.01`
  return `${sign}${trimZeros(size.toFixed(percentDigits(size)))}`
}

function percentDigits(percent: number): number {
  return percent >= 1 ? 1 : 2
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
