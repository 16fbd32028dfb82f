import type { ReleaseLatency } from '@aftermath/schemas/api/releases'
import { Area, CartesianGrid, ComposedChart, Line, Tooltip, XAxis, YAxis } from 'recharts'
import { formatDuration } from '../format/duration.ts'
import { formatShare } from '../format/number.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'

const heightPx = 280
const colors = { candidate: 'var(--series-1)', baseline: 'var(--muted)' }

/** Both distribution functions with the bands that hold them, over durations on a logarithm. */
export function Distributions({ data }: { data: ReleaseLatency }) {
  const rows = rowsOf(data)
  const arms = (['candidate', 'baseline'] as const).filter((arm) => data[arm] !== null)
  const [first, last] = [rows[0]?.duration ?? 1, rows.at(-1)?.duration ?? 1]
  return (
    <figure className="flex flex-col gap-2">
      <ComposedChart
        data={rows}
        responsive
        style={{ width: '100%', height: heightPx }}
        margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        title={t.latency.cumulative}
        desc={words.chart.describe(
          t.latency.cumulative,
          formatDuration(first),
          formatDuration(last),
        )}
      >
        <CartesianGrid vertical={false} stroke="var(--hairline)" />
        <XAxis
          dataKey="duration"
          type="number"
          scale="log"
          domain={[first, last]}
          tickFormatter={(value: number) => formatDuration(value)}
          tick={tick}
          tickLine={false}
          stroke="var(--line)"
          minTickGap={32}
        />
        <YAxis
          width={52}
          domain={[0, 1]}
          ticks={[0, 0.25, 0.5, 0.75, 1]}
          tickFormatter={(value: number) => formatShare(value)}
          tick={tick}
          tickLine={false}
          axisLine={false}
        />
        <Tooltip isAnimationActive={false} cursor={{ stroke: 'var(--line)' }} content={<Tip />} />
        {arms.map((arm) => (
          <Area
            key={`${arm} band`}
            dataKey={`${arm}Band`}
            stroke="none"
            fill={colors[arm]}
            fillOpacity={0.18}
            type="linear"
            isAnimationActive={false}
            activeDot={false}
          />
        ))}
        {arms.map((arm) => (
          <Line
            key={arm}
            dataKey={arm}
            stroke={colors[arm]}
            strokeWidth={2}
            {...(arm === 'baseline' && { strokeDasharray: '5 3' })}
            dot={false}
            type="linear"
            isAnimationActive={false}
          />
        ))}
      </ComposedChart>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-dense text-muted">
        {arms.map((arm) => (
          <span key={arm} className="flex items-center gap-1.5">
            <svg width={16} height={4} aria-hidden>
              <line
                x2={16}
                y1={2}
                y2={2}
                stroke={colors[arm]}
                strokeWidth={2.5}
                {...(arm === 'baseline' && { strokeDasharray: '5 3' })}
              />
            </svg>
            <bdi className="max-w-48 truncate">{data[arm]?.version.slice(0, 100)}</bdi>
          </span>
        ))}
        <span>{t.latency.bandNote(formatShare(0.95))}</span>
      </figcaption>
    </figure>
  )
}

const tick = { fill: 'var(--muted)', fontSize: 12 }

type Row = {
  duration: number
  candidate: number
  baseline: number | null
  candidateBand: [number, number] | null
  baselineBand: [number, number] | null
}

/** A logarithm has no 0: what took no time stands at the first nanosecond. */
function rowsOf({ durationsNs, candidate, baseline }: ReleaseLatency): Row[] {
  const bandOf = (share: number, band: number | null): [number, number] | null =>
    band === null ? null : [Math.max(0, share - band), Math.min(1, share + band)]
  return durationsNs.map((duration, at) => {
    const own = candidate.cumulative[at] ?? 0
    const other = baseline?.cumulative[at] ?? null
    return {
      duration: Math.max(1, duration),
      candidate: own,
      baseline: other,
      candidateBand: bandOf(own, candidate.band),
      baselineBand: other === null ? null : bandOf(other, baseline?.band ?? null),
    }
  })
}

/** The chart hands it the point that is looked at. */
function Tip({ active = false, payload }: TipProps) {
  const row = active ? payload?.[0]?.payload : undefined
  if (row === undefined) return null
  return (
    <div className="rounded-control border border-hairline bg-bg px-3 py-2 text-dense shadow-[0_4px_16px_rgb(0_0_0/14%)]">
      <p className="font-medium">{t.latency.upTo(formatDuration(row.duration))}</p>
      <p className="tabular-nums">
        {words.release.arm.candidate} {formatShare(row.candidate)}
      </p>
      {row.baseline !== null && (
        <p className="text-muted tabular-nums">
          {words.release.arm.baseline} {formatShare(row.baseline)}
        </p>
      )}
    </div>
  )
}
type TipProps = { active?: boolean; payload?: readonly { payload: Row }[] }
