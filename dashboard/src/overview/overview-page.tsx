import type { AnswerData } from '../api/answer-schemas.ts'
import type { Answer } from '../api/api.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { page } from '../paths.ts'
import { releaseColumns } from '../releases/release-columns.tsx'
import { useChangeSearch, useLive, useProject, useScope } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { FilterField } from '../ui/filter-field.tsx'
import { NothingInRange } from '../ui/nothing-in-range.tsx'
import { Page } from '../ui/page.tsx'
import { stateOf } from '../ui/page-state.ts'
import { Panel } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { Skeleton, SkeletonRows } from '../ui/skeleton.tsx'
import { overviewQuery } from './overview-query.ts'

type Overview = AnswerData<'overview'>
type Row = Overview['rows'][number]

const rowsAtFirst = 100

/** Which release needs a person now, and how all others are doing. */
export function OverviewPage() {
  const scope = useScope()
  const { refetchInterval } = useLive()
  const query = useQuery({ ...overviewQuery(scope), refetchInterval })
  const isEmpty = ({ rows }: Overview) => rows.length === 0
  return (
    <Page
      name="overview"
      title={t.overview.title}
      heading={t.overview.title}
      state={stateOf(query, isEmpty)}
    >
      <Panel
        name="releases"
        query={query}
        isEmpty={isEmpty}
        skeleton={<OverviewSkeleton />}
        empty={<NoRelease />}
      >
        {(answer) => <Releases answer={answer} />}
      </Panel>
    </Page>
  )
}

function Releases({ answer: { data, meta } }: { answer: Answer<Overview> }) {
  const project = useProject()
  const { q = '' } = useSearch({ from: '/p/$project/' })
  const change = useChangeSearch()
  const [shown, setShown] = useState(rowsAtFirst)
  const filter = useDeferredValue(q.trim().toLowerCase())
  const rows = data.rows.filter((row) => matches(row, filter))
  const environments = new Set(data.rows.map(({ environment }) => environment))
  const columns = releaseColumns({ project, now: meta.now, showEnvironment: environments.size > 1 })

  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
        <Summary data={data} />
        <FilterField
          label={t.overview.filter}
          value={q}
          onChange={(value) => change({ q: value === '' ? undefined : value }, 'replace')}
        />
      </div>
      {rows.length === 0 ? (
        <Empty title={t.overview.filteredTitle(`“${q}”`)}>
          <Button onClick={() => change({ q: undefined })}>{t.action.clearFilter}</Button>
        </Empty>
      ) : (
        <RowTable
          label={t.overview.title}
          rows={rows.slice(0, shown)}
          keyOf={({ service, environment }) => JSON.stringify([service, environment])}
          columns={[
            columns.verdict,
            columns.release,
            what,
            columns.failing,
            columns.p95,
            columns.traffic,
            columns.deployed,
            columns.trend,
          ]}
        />
      )}
      {rows.length > shown && (
        <Button className="self-start" onClick={() => setShown(rows.length)}>
          {t.action.showMore(rows.length - shown)}
        </Button>
      )}
    </div>
  )
}

const what: Column<Row> = {
  head: t.column.what,
  cell: (row) => <What row={row} />,
  wide: true,
  speaks: true,
}

function Summary({ data: { counts, recent } }: { data: Overview }) {
  const { from, to } = useScope()
  const span = to === 'now' ? t.range.last(from) : t.range.label
  return (
    <div className="flex flex-col gap-1">
      <h1 className="flex flex-wrap items-baseline gap-x-4 text-verdict font-semibold tracking-tight">
        <span className={counts.needYou > 0 ? 'text-roll-back' : ''}>
          {t.overview.needYou(counts.needYou)}
        </span>
        <span className="text-h1 font-normal text-muted">
          {t.overview.collecting(counts.collecting)} · {t.overview.fine(counts.fine)}
        </span>
      </h1>
      <p className="text-muted">{t.overview.since(span, recent.releases, recent.deployments)}</p>
    </div>
  )
}

/** What there is to say about a release: how long it still collects, or the server's sentence. */
function What({ row }: { row: Row }) {
  const collecting = row.verdict === 'insufficient_data' && row.eta !== null
  return (
    <span className="line-clamp-2" title={row.sentence.slice(0, 1000)} dir="auto">
      {collecting && row.eta !== null
        ? t.overview.eta(row.eta.minutes)
        : row.sentence.slice(0, 500)}
    </span>
  )
}

function NoRelease() {
  const project = useProject()
  return (
    <NothingInRange
      never={
        <Empty title={t.overview.emptyTitle}>
          <p className="max-w-prose text-muted">{t.overview.emptyText}</p>
          <Link
            {...page.start(project)}
            className="inline-flex min-h-9 items-center rounded-control bg-text px-4 font-medium text-bg"
          >
            {t.overview.connect}
          </Link>
        </Empty>
      }
    />
  )
}

function OverviewSkeleton() {
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <Skeleton className="h-9 w-80 max-w-full" />
        <Skeleton className="h-5 w-64 max-w-full" />
      </div>
      <SkeletonRows rows={8} className="h-14 max-md:h-36" />
    </div>
  )
}

const matches = ({ service, version, environment }: Row, filter: string) =>
  filter === '' || `${service}\n${version}\n${environment}`.toLowerCase().includes(filter)
