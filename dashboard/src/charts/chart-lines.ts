import type { ReleaseSeries } from '@aftermath/schemas/api/releases'

/** One line of a chart; `values` go with the chart's times, null is a gap. */
export type ChartLine = {
  key: string
  label: string
  color: string
  width: number
  dash?: string
  values: readonly (number | null)[]
}

type Version = ReleaseSeries['series'][number]
type Measure = 'requestsPerMinute' | 'errorRate' | 'p50Ns' | 'p95Ns' | 'p99Ns' | 'share'

const hues = 6

/**
 * The colour of each version, the same in every chart of a page: the candidate has the first hue,
 * the baseline is grey, the others follow. Past six hues they come again, dashed.
 */
function versionColors(series: readonly Version[]): Map<string, Look> {
  let next = series.some(({ role }) => role === 'candidate') ? 1 : 0
  return new Map(
    series.map(({ version, role }) => {
      if (role === 'baseline') return [version, { color: 'var(--muted)' }]
      const at = role === 'candidate' ? 0 : next++
      const color = `var(--series-${(at % hues) + 1})`
      return [version, at < hues ? { color } : { color, dash: '5 3' }]
    }),
  )
}
type Look = { color: string; dash?: string }

/** A line per version; its name is kept apart from its key, since anyone chooses version names. */
export function linesOf(
  series: readonly Version[],
  measure: Measure,
  style: { width?: number; dash?: string; suffix?: string } = {},
): ChartLine[] {
  const looks = versionColors(series)
  return series.map((one, at) => ({
    key: `${measure}${at}`,
    label: `${one.version}${style.suffix ?? ''}`,
    width: style.width ?? 1.75,
    color: 'var(--muted)',
    ...looks.get(one.version),
    ...(style.dash === undefined ? {} : { dash: style.dash }),
    values: one[measure],
  }))
}

/** A line per group, in the order given: its name is anyone's, so its key is its place. */
export function groupLines(
  series: readonly { key: string; v: readonly (number | null)[] }[],
  noName: string,
): ChartLine[] {
  return series.map(({ key, v }, at) => ({
    key: `group${at}`,
    label: key.trim() === '' ? noName : key,
    color: `var(--series-${(at % hues) + 1})`,
    width: 1.75,
    ...(at >= hues && { dash: '5 3' }),
    values: v,
  }))
}

/** Candidate and baseline alone: what a comparison is about. */
export const comparedOnly = (series: readonly Version[]) =>
  series.filter(({ role }) => role !== 'other')

/** Rows as recharts wants them: one per time, a field per line. */
export function chartRows(t: readonly number[], lines: readonly ChartLine[]) {
  return t.map((time, at) => ({
    t: time,
    ...Object.fromEntries(lines.map(({ key, values }) => [key, values[at] ?? null])),
  }))
}
