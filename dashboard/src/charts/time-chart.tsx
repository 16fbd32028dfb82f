import { ChartLine as ChartIcon, Table } from 'lucide-react'
import { useId, useMemo, useState } from 'react'
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { formatMoment, formatTick } from '../format/time.ts'
import { t as words } from '../strings/en.ts'
import { IconButton } from '../ui/button.tsx'
import { type ChartLine, chartRows } from './chart-lines.ts'
import { ChartTable } from './chart-table.tsx'
import { ChartTooltip } from './chart-tooltip.tsx'
import { timeTicks } from './time-ticks.ts'
import { Zoom } from './zoom.tsx'

export type ChartMarker = { at: number; label: string }

export type TimeChartProps = {
  name: string
  title: string
  t: readonly number[]
  stepMs: number
  /** Server's time: a bucket that ends after it is still filling. */
  nowMs: number
  lines: ChartLine[]
  format: (value: number) => string
  markers: ChartMarker[]
  zone: string
  /** Lines add up to 1 and fill the plot. */
  stacked?: boolean
  /** Values may lie on both sides of 0, which is drawn. */
  signed?: boolean
  onZoom: (fromMs: number, toMs: number) => void
}

const heightPx = 208
const markersMax = 12

/** Lines over time with the deployments on them; the same numbers as a table on demand. */
export function TimeChart(props: TimeChartProps) {
  const { name, title, lines } = props
  const id = useId()
  const [asTable, setAsTable] = useState(false)
  const label = asTable ? words.action.showAsChart : words.action.showAsTable
  return (
    <section
      data-panel={name}
      data-state="ready"
      aria-labelledby={id}
      className="flex min-w-0 flex-col gap-1"
    >
      <div className="flex items-center justify-between gap-2">
        <h3 id={id} className="font-medium">
          {title}
        </h3>
        <IconButton label={`${label}: ${title}`} onClick={() => setAsTable(!asTable)}>
          {asTable ? <ChartIcon aria-hidden size={16} /> : <Table aria-hidden size={16} />}
        </IconButton>
      </div>
      <div style={{ height: heightPx }}>
        {asTable ? <ChartTable {...props} /> : <Plot {...props} />}
      </div>
      <Legend lines={lines} />
    </section>
  )
}

function Plot(props: TimeChartProps) {
  const { title, t, stepMs, nowMs, lines, format, markers, zone, onZoom } = props
  const { stacked = false, signed = false } = props
  const hatch = useId()
  const rows = useMemo(() => chartRows(t, lines), [t, lines])
  const first = t[0] ?? 0
  const last = t.at(-1) ?? 0
  const filling = last + stepMs > nowMs
  const say = (timeMs: number) => formatMoment(timeMs, nowMs, zone)

  return (
    <ComposedChart
      data={rows}
      responsive
      style={{ width: '100%', height: heightPx }}
      margin={{ top: 16, right: 8, bottom: 0, left: 0 }}
      syncId="release"
      syncMethod="value"
      title={title}
      desc={words.chart.describe(title, say(first), say(last))}
    >
      <defs>
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse">
          <path d="M-1 7L7 -1" stroke="var(--line)" strokeWidth={0.75} />
        </pattern>
      </defs>
      <CartesianGrid vertical={false} stroke="var(--hairline)" />
      <XAxis
        dataKey="t"
        type="number"
        scale="time"
        domain={[first, last]}
        ticks={timeTicks(first, last, zone)}
        interval="equidistantPreserveStart"
        tickFormatter={(timeMs: number) => formatTick(timeMs, last - first, zone)}
        tick={tick}
        tickLine={false}
        stroke="var(--line)"
        minTickGap={24}
      />
      <YAxis
        width={68}
        domain={stacked ? [0, 1] : signed ? ['auto', 'auto'] : [0, 'auto']}
        tickFormatter={format}
        tick={tick}
        tickLine={false}
        axisLine={false}
        {...(stacked ? { ticks: [0, 0.5, 1] } : { tickCount: 5 })}
      />
      {signed && <ReferenceLine y={0} stroke="var(--line)" strokeDasharray="2 3" />}
      {filling && <ReferenceArea x1={last - stepMs} x2={last} fill={`url(#${hatch})`} />}
      <Tooltip
        isAnimationActive={false}
        cursor={{ stroke: 'var(--line)' }}
        content={<ChartTooltip lines={lines} format={format} title={say} />}
      />
      {lines.map((line) =>
        stacked ? (
          <Area
            key={line.key}
            dataKey={line.key}
            stackId="all"
            stroke={line.color}
            fill={line.color}
            fillOpacity={0.4}
            strokeWidth={1.5}
            type="stepAfter"
            isAnimationActive={false}
          />
        ) : (
          <Line
            key={line.key}
            dataKey={line.key}
            stroke={line.color}
            strokeWidth={line.width}
            {...(line.dash === undefined ? {} : { strokeDasharray: line.dash })}
            dot={isLone(line) ? { r: 2.5, strokeWidth: 0, fill: line.color } : false}
            activeDot={{ r: 3, strokeWidth: 0 }}
            isAnimationActive={false}
            type="linear"
          />
        ),
      )}
      {markers.slice(0, markersMax).map(({ at, label }) => (
        <ReferenceLine
          key={`${at} ${label}`}
          x={at}
          stroke="var(--text)"
          strokeDasharray="3 3"
          ifOverflow="discard"
          label={{ value: label.slice(0, 24), position: 'top', fill: 'var(--text)', fontSize: 12 }}
        />
      ))}
      <Zoom onZoom={onZoom} />
    </ComposedChart>
  )
}

/** A line needs two points: fewer are drawn as what they are. */
const isLone = ({ values }: ChartLine) => values.filter((value) => value !== null).length < 3

const tick = { fill: 'var(--muted)', fontSize: 12 }

function Legend({ lines }: { lines: ChartLine[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-dense text-muted">
      {lines.map(({ key, label, color, dash, width }) => (
        <li key={key} className="flex min-w-0 items-center gap-1.5">
          <svg width={16} height={4} aria-hidden className="shrink-0">
            <line
              x2={16}
              y1={2}
              y2={2}
              stroke={color}
              strokeWidth={width + 0.5}
              strokeDasharray={dash}
            />
          </svg>
          <bdi title={label.slice(0, 300)} className="max-w-48 truncate">
            {label.slice(0, 100)}
          </bdi>
        </li>
      ))}
    </ul>
  )
}
