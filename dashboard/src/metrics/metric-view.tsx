import type { MetricFunction, MetricSeries } from '@aftermath/schemas/api/metrics'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { hasStatus } from '../api/api-error.ts'
import { groupLines } from '../charts/chart-lines.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { useZoom } from '../charts/use-zoom.ts'
import { ChoiceField, TextField } from '../explore/fields.tsx'
import { unknownMark } from '../format/number.ts'
import { useChangeSearch, useLive, useScope, useZone } from '../search/use-search-state.ts'
import { t } from '../strings/metrics.ts'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import { Panel } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { valueFormat } from './format-value.ts'
import { metricQuery } from './metric-queries.ts'

const from = '/p/$project/metrics'

/** One metric over time with the deployments on it, and its values as a table. */
export default function MetricView({ name }: { name: string }) {
  const scope = useScope()
  const { kind, by, fn, version } = useSearch({ from })
  const { refetchInterval } = useLive()
  const wanted = { ...scope, name, kind, by, function: fn, version }
  const query = useQuery({ ...metricQuery(wanted), refetchInterval })
  return (
    <section className="flex min-w-0 flex-col gap-4" aria-label={name.slice(0, 300)}>
      <h2 dir="auto" className="text-lead font-semibold">
        {name.slice(0, 300)}
      </h2>
      {hasStatus(query.error, 404) && query.data === undefined ? (
        <p className="text-muted">{t.noPoint}</p>
      ) : (
        <Panel name="metric" query={query} skeleton={<Skeleton className="h-80" />}>
          {({ data, meta }) => <View metric={data} now={meta.now} />}
        </Panel>
      )}
    </section>
  )
}

function View({ metric, now }: { metric: MetricSeries; now: string }) {
  const zone = useZone()
  const onZoom = useZoom()
  const { service } = useScope()
  const lines = useMemo(() => groupLines(metric.series, t.noGroup), [metric])
  const format = valueFormat(metric.unit, metric.measures === 'per_second')
  return (
    <div className="flex min-w-0 flex-col gap-5">
      {metric.description !== '' && (
        <p dir="auto" className="max-w-[80ch] text-muted">
          {metric.description.slice(0, 1000)}
        </p>
      )}
      <Choices metric={metric} />
      <TimeChart
        name="chart"
        title={`${t.functionOf[metric.function]}${metric.unit === '' ? '' : ` · ${metric.unit.slice(0, 30)}`}`}
        t={metric.t}
        stepMs={metric.stepMs}
        nowMs={Date.parse(now)}
        lines={lines}
        format={format}
        markers={metric.markers}
        zone={zone}
        onZoom={onZoom}
      />
      <ul className="flex flex-wrap gap-x-6 gap-y-1 text-dense text-muted">
        {metric.groups > metric.series.length && (
          <li>{t.someGroups(metric.series.length, metric.groups)}</li>
        )}
        {service === undefined && <li>{t.oneService}</li>}
        {metric.markers.map(({ at, label }) => (
          <li key={`${at} ${label}`} className="min-w-0">
            <bdi>{t.deployed(label.slice(0, 100))}</bdi>{' '}
            <Moment at={new Date(at).toISOString()} now={now} />
          </li>
        ))}
      </ul>
      <RowTable
        label={t.values}
        rows={metric.series}
        keyOf={({ key }) => key}
        columns={columnsOf(format)}
      />
    </div>
  )
}

function Choices({ metric }: { metric: MetricSeries }) {
  const { fn, by, version } = useSearch({ from })
  const change = useChangeSearch()
  const [usual, ...others] = metric.functions
  const groups = [
    { value: 'service', text: t.byOf.service },
    ...metric.attributes.map((name) => ({ value: `attr.${name}`, text: t.attribute(name) })),
  ]
  return (
    <div
      role="search"
      aria-label={t.filters}
      className="grid max-w-2xl grid-cols-2 gap-3 sm:grid-cols-3"
    >
      <ChoiceField<MetricFunction>
        label={t.function}
        value={fn}
        none={usual === undefined ? '' : t.functionOf[usual]}
        options={others.map((one) => ({ value: one, text: t.functionOf[one] }))}
        onChange={(value) => change({ fn: value })}
      />
      <ChoiceField
        label={t.by}
        value={by}
        none={t.byOf.release}
        options={groups}
        onChange={(value) => change({ by: value })}
      />
      <TextField
        label={t.version}
        value={version}
        onCommit={(value) => change({ version: value })}
      />
    </div>
  )
}

type Series = MetricSeries['series'][number]
const known = ({ v }: Series) => v.filter((value) => value !== null)

const columnsOf = (format: (value: number) => string): Column<Series>[] => {
  const number = (read: (values: number[]) => number | undefined) => (series: Series) => {
    const values = known(series)
    const value = values.length === 0 ? undefined : read(values)
    return value === undefined ? unknownMark : format(value)
  }
  const words = t.column
  return [
    {
      head: words.group,
      cell: ({ key }) => <Name className="font-medium">{key.trim() === '' ? t.noGroup : key}</Name>,
      wide: true,
      speaks: true,
      className: 'max-w-0 md:w-[40%] max-md:max-w-none',
    },
    { head: words.last, cell: number((values) => values.at(-1)), numeric: true },
    { head: words.least, cell: number((values) => Math.min(...values)), numeric: true },
    {
      head: words.mean,
      cell: number((values) => values.reduce((a, b) => a + b, 0) / values.length),
      numeric: true,
    },
    { head: words.greatest, cell: number((values) => Math.max(...values)), numeric: true },
  ]
}
