import type { SloReport } from '@aftermath/schemas/api/slos'
import { TimeChart } from '../charts/time-chart.tsx'
import { useZoom } from '../charts/use-zoom.ts'
import { formatRate } from '../format/number.ts'
import { useZone } from '../search/use-search-state.ts'
import { t } from '../strings/slos.ts'

/** How the budget went over the period, with the deployments on it. */
export default function BurnDown({ slo, now }: { slo: SloReport; now: string }) {
  const zone = useZone()
  const onZoom = useZoom()
  const { series, markers } = slo
  const shared = {
    t: series.t,
    stepMs: series.stepMs,
    nowMs: Date.parse(now),
    format: formatRate,
    markers: markers.map(({ at, version }) => ({ at, label: version })),
    zone,
    onZoom,
  }
  return (
    <div className="grid min-w-0 gap-6 lg:grid-cols-2">
      <TimeChart
        name="budget"
        title={t.burnDown}
        lines={line('left', t.left, series.left, 'var(--series-1)')}
        {...shared}
      />
      <TimeChart
        name="bad-share"
        title={t.badShare}
        lines={line('bad', t.badShare, series.badShare, 'var(--series-2)')}
        {...shared}
      />
    </div>
  )
}

function line(key: string, label: string, values: (number | null)[], color: string) {
  return [{ key, label, color, width: 1.75, values }]
}
