import { useQuery } from '@tanstack/react-query'
import { linesOf } from '../charts/chart-lines.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { useZoom } from '../charts/use-zoom.ts'
import { formatShare } from '../format/number.ts'
import type { Scope } from '../paths.ts'
import { useLive, useZone } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { adoptionQuery } from './releases-queries.ts'

/** How the versions of a service took over from each other. */
export default function Adoption({ scope }: { scope: Scope & { service: string } }) {
  const zone = useZone()
  const onZoom = useZoom()
  const { refetchInterval } = useLive()
  const query = useQuery({ ...adoptionQuery(scope), refetchInterval })
  return (
    <Panel
      name="adoption"
      query={query}
      isEmpty={({ series }) => series.length === 0}
      empty={<p className="text-muted">{t.chart.empty}</p>}
      skeleton={<Skeleton className="h-[268px]" />}
    >
      {({ data, meta }) => (
        <TimeChart
          name="adoption-chart"
          title={t.releases.adoption}
          t={data.t}
          stepMs={data.stepMs}
          nowMs={Date.parse(meta.now)}
          lines={linesOf(data.series, 'share')}
          format={formatShare}
          markers={data.markers.map(({ at, version }) => ({ at, label: version }))}
          zone={zone}
          stacked
          onZoom={onZoom}
        />
      )}
    </Panel>
  )
}
