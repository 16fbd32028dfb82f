/** A dot with the interval around it, in the unit of the axis. */
export type Dot = { value: number; low: number; high: number }

export type DotPlot = {
  title: string
  /** What a row may show, in the order of the legend. */
  series: { name: string; colour: string }[]
  /** One dot per series, undefined where there is none. */
  rows: { label: string; dots: (Dot | undefined)[] }[]
  axis: {
    label: string
    ticks: number[]
    scale: 'linear' | 'log'
    format: (value: number) => string
  }
}

const LABEL_WIDTH = 330
const PLOT_WIDTH = 520
const ROW_HEIGHT = 26
const TOP = 62
const BOTTOM = 44

/** Rows of dots on one axis, as a self-contained SVG file. */
export function dotPlot({ title, series, rows, axis }: DotPlot): string {
  const width = LABEL_WIDTH + PLOT_WIDTH + 30
  const height = TOP + rows.length * ROW_HEIGHT + BOTTOM
  const x = scaleOf(axis)
  const bottom = TOP + rows.length * ROW_HEIGHT
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2937">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...legend(series),
    ...axis.ticks.flatMap((tick) => [
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="${TOP}" y2="${bottom}" stroke="#e5e7eb"/>`,
      `<text x="${x(tick)}" y="${bottom + 16}" text-anchor="middle">${escaped(axis.format(tick))}</text>`,
    ]),
    `<text x="${LABEL_WIDTH + PLOT_WIDTH / 2}" y="${bottom + 36}" text-anchor="middle" fill="#6b7280">${escaped(axis.label)}</text>`,
    ...rows.flatMap((row, at) => rowParts(row, at, series, x)),
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

function legend(series: DotPlot['series']): string[] {
  let at = LABEL_WIDTH
  return series.flatMap(({ name, colour }) => {
    const start = at
    at += 24 + name.length * 6.4
    return [
      `<circle cx="${start}" cy="44" r="4.5" fill="${colour}"/>`,
      `<text x="${start + 9}" y="48">${escaped(name)}</text>`,
    ]
  })
}

function rowParts(
  { label, dots }: DotPlot['rows'][number],
  at: number,
  series: DotPlot['series'],
  x: (value: number) => number,
): string[] {
  const middle = TOP + (at + 0.5) * ROW_HEIGHT
  const spread = 16 / Math.max(1, series.length)
  return [
    `<text x="${LABEL_WIDTH - 12}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
    ...dots.flatMap((dot, k) => {
      if (dot === undefined) return []
      const y = (middle + (k - (series.length - 1) / 2) * spread).toFixed(1)
      const { colour } = series[k]!
      return [
        `<line x1="${x(dot.low)}" x2="${x(dot.high)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="1.5" opacity=".55"/>`,
        `<circle cx="${x(dot.value)}" cy="${y}" r="3.5" fill="${colour}"/>`,
      ]
    }),
  ]
}

/** Values beyond the axis end at its edge. */
function scaleOf({ ticks, scale }: DotPlot['axis']): (value: number) => number {
  const map = scale === 'log' ? Math.log : (value: number) => value
  const first = map(ticks[0]!)
  const last = map(ticks.at(-1)!)
  return (value) => {
    const part = (map(value) - first) / (last - first)
    return Math.round((LABEL_WIDTH + PLOT_WIDTH * Math.min(1, Math.max(0, part))) * 10) / 10
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
