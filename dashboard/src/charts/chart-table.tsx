import { formatMoment } from '../format/time.ts'
import { t as words } from '../strings/en.ts'
import type { TimeChartProps } from './time-chart.tsx'

/** The numbers of a chart, newest first: what a chart says must be readable without it. */
export function ChartTable({ title, t, lines, format, zone, nowMs }: TimeChartProps) {
  const newestFirst = t.map((_, at) => t.length - 1 - at)
  return (
    <div tabIndex={0} role="region" aria-label={title} className="h-full overflow-auto">
      <table className="w-full text-dense tabular-nums">
        <thead className="sticky top-0 bg-bg">
          <tr>
            <th scope="col" className="py-1 text-start font-normal text-muted">
              {words.column.time}
            </th>
            {lines.map(({ key, label }) => (
              <th key={key} scope="col" className="py-1 ps-3 text-end font-normal text-muted">
                <bdi>{label.slice(0, 60)}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((at) => (
            <tr key={at} className="border-t border-hairline">
              <th scope="row" className="py-1 text-start font-normal whitespace-nowrap">
                {formatMoment(t[at] ?? 0, nowMs, zone)}
              </th>
              {lines.map(({ key, values }) => {
                const value = values[at] ?? null
                return (
                  <td key={key} className="py-1 ps-3 text-end whitespace-nowrap">
                    {value === null ? '–' : format(value)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
