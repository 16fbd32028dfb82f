import type { Evidence } from '@aftermath/schemas/verdict'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { comparedOnly, linesOf } from '../charts/chart-lines.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { useZoom } from '../charts/use-zoom.ts'
import { formatDuration } from '../format/duration.ts'
import { formatPoints, formatRate, formatRatio, formatScore } from '../format/number.ts'
import { useZone } from '../search/use-search-state.ts'
import { t } from '../strings/release.ts'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { effectQuery, type ReleaseKey, seriesQuery } from './release-queries.ts'

type RowChartsProps = { row: Evidence; releaseKey: ReleaseKey }

/** An opened row over time: its interval as it was published, and what it is about. */
export default function RowCharts({ row, releaseKey }: RowChartsProps) {
  return (
    <div className="grid gap-x-10 gap-y-6 lg:grid-cols-2">
      {row.scope.issue === null && <Effect row={row} releaseKey={releaseKey} />}
      {(row.signal === 'error_rate' || row.signal === 'latency') && (
        <Values row={row} releaseKey={releaseKey} />
      )}
    </div>
  )
}

const skeleton = <Skeleton className="h-[268px]" />

function Effect({ row, releaseKey }: RowChartsProps) {
  const zone = useZone()
  const onZoom = useZoom()
  const { operation, quantile } = row.scope
  const scope = {
    signal: row.signal,
    operation: operation ?? undefined,
    quantile: quantile === null ? undefined : String(quantile),
  }
  const query = useQuery(effectQuery(releaseKey, scope))
  const format =
    row.unit === 'share'
      ? (value: number) => formatPoints(value).replace(/points$/, 'pp')
      : row.unit === 'score'
        ? formatScore
        : formatRatio
  return (
    <Panel
      name="effect"
      query={query}
      skeleton={skeleton}
      isEmpty={({ estimate }) => estimate.every((value) => value === null)}
      empty={<p className="text-muted">{t.rowChart.none}</p>}
    >
      {({ data, meta }) => (
        <TimeChart
          name="effect-chart"
          title={t.rowChart.effect}
          t={data.t}
          stepMs={data.stepMs}
          nowMs={Date.parse(meta.now)}
          lines={[
            { key: 'estimate', label: t.rowChart.estimate, values: data.estimate, ...strong },
            { key: 'low', label: t.rowChart.low, values: data.low, ...faint },
            { key: 'high', label: t.rowChart.high, values: data.high, ...faint },
          ]}
          format={format}
          markers={[]}
          zone={zone}
          signed
          onZoom={onZoom}
        />
      )}
    </Panel>
  )
}

const strong = { color: 'var(--series-1)', width: 2 }
const faint = { color: 'var(--series-1)', width: 1.25, dash: '4 3' }

const measureOf: Record<string, 'p50Ns' | 'p95Ns' | 'p99Ns'> = {
  '0.5': 'p50Ns',
  '0.95': 'p95Ns',
  '0.99': 'p99Ns',
}

function Values({ row, releaseKey }: RowChartsProps) {
  const zone = useZone()
  const onZoom = useZoom()
  const operation = row.scope.operation ?? undefined
  const query = useQuery(seriesQuery(releaseKey, { operation }))
  const measure = measureOf[String(row.scope.quantile)] ?? 'p95Ns'
  const isLatency = row.signal === 'latency'
  const series = query.data?.data.series
  const lines = useMemo(
    () => linesOf(comparedOnly(series ?? []), isLatency ? measure : 'errorRate', { width: 1.75 }),
    [series, isLatency, measure],
  )
  return (
    <Panel name="values" query={query} skeleton={skeleton}>
      {({ data, meta }) => (
        <TimeChart
          name="values-chart"
          title={t.rowChart.value}
          t={data.t}
          stepMs={data.stepMs}
          nowMs={Date.parse(meta.now)}
          lines={lines}
          format={isLatency ? formatDuration : formatRate}
          markers={data.markers.map(({ at, version }) => ({ at, label: version }))}
          zone={zone}
          onZoom={onZoom}
        />
      )}
    </Panel>
  )
}
