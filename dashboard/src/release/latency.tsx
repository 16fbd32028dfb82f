import type { ReleaseLatency } from '@aftermath/schemas/api/releases'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { formatDuration } from '../format/duration.ts'
import { formatCount } from '../format/number.ts'
import { useChangeSearch } from '../search/use-search-state.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { Select } from '../ui/select.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Distributions } from './distributions.tsx'
import { Heatmap } from './heatmap.tsx'
import { latencyQuery, operationsQuery, type ReleaseKey } from './release-queries.ts'

/** Durations of the release beside its baseline's: the whole distribution, not a number of it. */
export default function Latency({ releaseKey }: { releaseKey: ReleaseKey }) {
  const { operation } = useSearch({ from: '/p/$project/releases/$service/$version' })
  const query = useQuery(latencyQuery(releaseKey, operation))
  return (
    <div className="flex flex-col gap-6">
      <OperationChoice releaseKey={releaseKey} operation={operation} />
      <Panel
        name="latency"
        query={query}
        skeleton={<Skeleton className="h-[640px]" />}
        isEmpty={({ durationsNs }) => durationsNs.length === 0}
        empty={<p className="text-muted">{t.latency.empty}</p>}
      >
        {({ data, meta }) => <Shown data={data} now={meta.now} />}
      </Panel>
    </div>
  )
}

function OperationChoice({ releaseKey, operation }: ChoiceProps) {
  const change = useChangeSearch()
  const { data } = useQuery(operationsQuery(releaseKey))
  const names = [...new Set(data?.data.map((row) => row.operation))]
  if (operation !== undefined && !names.includes(operation)) names.unshift(operation)
  return (
    <div className="flex items-center">
      <span aria-hidden className="text-muted">
        {t.latency.operation}
      </span>
      <Select
        label={t.latency.operation}
        value={operation ?? ''}
        options={[
          { value: '', text: t.latency.all },
          ...names.map((name) => ({ value: name, text: name })),
        ]}
        onChange={(value) => change({ operation: value === '' ? undefined : value })}
        className="font-medium"
      />
    </div>
  )
}
type ChoiceProps = { releaseKey: ReleaseKey; operation: string | undefined }

function Shown({ data, now }: { data: ReleaseLatency; now: string }) {
  const { baseline, shapeDiffers } = data
  const said =
    baseline === null ? t.latency.alone : shapeDiffers ? t.latency.differs : t.latency.alike
  return (
    <div className="flex flex-col gap-8">
      <div className="grid gap-x-10 gap-y-8 lg:grid-cols-[3fr_2fr]">
        <Section title={t.latency.title}>
          <p data-testid="shapeDiffers" data-differs={shapeDiffers} className="max-w-[70ch]">
            {said}
          </p>
          <Distributions data={data} />
        </Section>
        <Section title={t.latency.quantiles}>
          <RowTable
            label={t.latency.quantiles}
            rows={quantileRows(data)}
            keyOf={({ q }) => String(q)}
            columns={quantileColumns}
          />
          <p className="text-dense text-muted">
            {formatCount(data.candidate.requests)} {words.release.arm.candidate}
            {baseline !== null &&
              ` · ${formatCount(baseline.requests)} ${words.release.arm.baseline}`}
          </p>
        </Section>
      </div>
      <Section title={t.latency.heatmap}>
        <Heatmap heatmap={data.heatmap} now={now} />
      </Section>
    </div>
  )
}

type Quantile = ReleaseLatency['candidate']['quantiles'][number]
type QuantileRow = { q: number; release: Quantile | undefined; baseline: Quantile | undefined }

function quantileRows({ candidate, baseline }: ReleaseLatency): QuantileRow[] {
  return candidate.quantiles.map((release) => ({
    q: release.q,
    release,
    baseline: baseline?.quantiles.find(({ q }) => q === release.q),
  }))
}

const quantileColumns: Column<QuantileRow>[] = [
  {
    head: t.latency.column.quantile,
    cell: ({ q }) => (q === 0.5 ? t.latency.median : `p${q * 100}`),
    speaks: true,
  },
  {
    head: t.latency.column.release,
    cell: ({ release }) => <WithInterval quantile={release} />,
    numeric: true,
  },
  {
    head: t.latency.column.baseline,
    cell: ({ baseline }) => <WithInterval quantile={baseline} />,
    numeric: true,
  },
]

function WithInterval({ quantile }: { quantile: Quantile | undefined }) {
  if (quantile === undefined) return '–'
  return (
    <>
      {formatDuration(quantile.valueNs)}
      <span className="block text-dense text-muted">
        {t.latency.between(formatDuration(quantile.lowNs), formatDuration(quantile.highNs))}
      </span>
    </>
  )
}
