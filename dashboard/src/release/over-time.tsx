import type { ReleaseSeries } from '@aftermath/schemas/api/releases'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { comparedOnly, linesOf } from '../charts/chart-lines.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { useZoom } from '../charts/use-zoom.ts'
import { WhenNear } from '../charts/when-near.tsx'
import { formatDuration } from '../format/duration.ts'
import { formatPerMinute, formatRate, formatShare } from '../format/number.ts'
import { useLive, useNamedRange, useZone } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Moment } from '../ui/moment.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { type ReleaseKey, seriesQuery } from './release-queries.ts'

const chartHeightPx = 268

/** Traffic, failures, latency and share of the release beside its baseline. */
export default function OverTime({ releaseKey }: { releaseKey: ReleaseKey }) {
  const range = useNamedRange()
  const { refetchInterval } = useLive()
  const query = useQuery({ ...seriesQuery(releaseKey, range), refetchInterval })
  return (
    <Panel
      name="over-time"
      query={query}
      isEmpty={(series) => series.series.length === 0}
      empty={<p className="text-muted">{t.chart.empty}</p>}
      skeleton={<ChartsSkeleton />}
    >
      {({ data, meta }) => <Charts data={data} now={meta.now} />}
    </Panel>
  )
}

function Charts({ data, now }: { data: ReleaseSeries; now: string }) {
  const zone = useZone()
  const onZoom = useZoom()
  const charts = useMemo(() => chartsOf(data), [data])
  const markers = data.markers.map(({ at, version }) => ({ at, label: version }))
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-x-10 gap-y-8 lg:grid-cols-2">
        {charts.map((chart) => (
          <WhenNear key={chart.name} heightPx={chartHeightPx}>
            <TimeChart
              {...chart}
              t={data.t}
              stepMs={data.stepMs}
              nowMs={Date.parse(now)}
              markers={markers}
              zone={zone}
              onZoom={onZoom}
            />
          </WhenNear>
        ))}
      </div>
      <Markers markers={data.markers} now={now} />
    </div>
  )
}

/** What the charts show, as arrays: memoised, since every pointer move renders them. */
function chartsOf({ series }: ReleaseSeries) {
  const compared = comparedOnly(series)
  return [
    {
      name: 'traffic',
      title: t.chart.traffic,
      lines: linesOf(series, 'requestsPerMinute'),
      format: formatPerMinute,
    },
    {
      name: 'error-rate',
      title: t.chart.errorRate,
      lines: linesOf(compared, 'errorRate'),
      format: formatRate,
    },
    {
      name: 'latency',
      title: t.chart.latency,
      lines: [
        ...linesOf(compared, 'p50Ns', { width: 1.25, dash: '2 3', suffix: ' p50' }),
        ...linesOf(compared, 'p95Ns', { width: 2, suffix: ' p95' }),
        ...linesOf(compared, 'p99Ns', { width: 1.25, dash: '6 3', suffix: ' p99' }),
      ],
      format: formatDuration,
    },
    {
      name: 'share',
      title: t.chart.share,
      lines: linesOf(series, 'share'),
      format: formatShare,
      stacked: true,
    },
  ]
}

/** The charts' markers in words, for those who do not see them. */
function Markers({ markers, now }: { markers: ReleaseSeries['markers']; now: string }) {
  const range = useNamedRange()
  return (
    <ul className="flex flex-wrap gap-x-6 gap-y-1 text-dense text-muted">
      {markers.map(({ at, version, kind }) => (
        <li key={`${at} ${version}`} className="min-w-0">
          <bdi>
            {kind === 'deployment'
              ? t.chart.deployment(version.slice(0, 100))
              : t.chart.firstSeen(version.slice(0, 100))}
          </bdi>{' '}
          <Moment at={new Date(at).toISOString()} now={now} />
        </li>
      ))}
      {range.from === undefined && range.to === undefined && <li>{t.chart.life}</li>}
      <li className="max-md:hidden">{t.chart.zoom}</li>
    </ul>
  )
}

function ChartsSkeleton() {
  return (
    <div className="grid gap-x-10 gap-y-8 lg:grid-cols-2">
      {['traffic', 'errors', 'latency', 'share'].map((chart) => (
        <Skeleton key={chart} className="h-[268px]" />
      ))}
    </div>
  )
}
