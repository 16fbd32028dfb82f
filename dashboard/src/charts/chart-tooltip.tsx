import type { ChartLine } from './chart-lines.ts'

type ChartTooltipProps = {
  lines: ChartLine[]
  format: (value: number) => string
  title: (timeMs: number) => string
  /** Given by recharts. */
  active?: boolean
  label?: string | number
  payload?: readonly { dataKey?: unknown; value?: unknown }[]
}

/** The exact numbers of the bucket that is pointed at. */
export function ChartTooltip({ lines, format, title, active, label, payload }: ChartTooltipProps) {
  if (active !== true || payload === undefined || payload.length === 0) return null
  const values = new Map(payload.map(({ dataKey, value }) => [dataKey, value]))
  return (
    <div className="rounded-control border border-hairline bg-bg px-3 py-2 text-dense shadow-[0_4px_16px_rgb(0_0_0/16%)]">
      <p className="mb-1 text-muted">{title(Number(label))}</p>
      <table className="tabular-nums">
        <tbody>
          {lines.map(({ key, label: name, color }) => {
            const value = values.get(key)
            return (
              <tr key={key}>
                <th scope="row" className="flex items-center gap-1.5 pe-4 text-start font-normal">
                  <span
                    aria-hidden
                    className="size-2 shrink-0 rounded-full"
                    style={{ background: color }}
                  />
                  <bdi className="max-w-40 truncate">{name.slice(0, 80)}</bdi>
                </th>
                <td className="text-end">{typeof value === 'number' ? format(value) : '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
