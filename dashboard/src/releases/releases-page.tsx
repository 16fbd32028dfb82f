import type { ReleaseRow } from '@aftermath/schemas/api/releases'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useDeferredValue, useState } from 'react'
import type { Answer } from '../api/api.ts'
import { useChangeSearch, useLive, useProject, useScope } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Empty } from '../ui/empty.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { FilterField } from '../ui/filter-field.tsx'
import { NothingInRange } from '../ui/nothing-in-range.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { Skeleton, SkeletonRows } from '../ui/skeleton.tsx'
import { Lanes } from './lanes.tsx'
import { CompareBar, tickColumn } from './compare-bar.tsx'
import { releaseColumns } from './release-columns.tsx'
import { releasesQuery } from './releases-queries.ts'

const Adoption = lazy(() => import('./adoption.tsx'))

/** All releases of the range: which ran where, and what each did. */
export function ReleasesPage() {
  const scope = useScope()
  const { q = '' } = useSearch({ from: '/p/$project/releases' })
  const change = useChangeSearch()
  const { refetchInterval } = useLive()
  const query = useQuery({ ...releasesQuery(scope), refetchInterval })
  const isEmpty = (rows: ReleaseRow[]) => rows.length === 0
  const { service } = scope
  return (
    <Page name="releases" title={t.releases.title} state={stateOf(query, isEmpty)}>
      <PageHead title={t.releases.title}>
        <FilterField
          label={t.releases.filter}
          value={q}
          onChange={(value) => change({ q: value === '' ? undefined : value }, 'replace')}
        />
      </PageHead>
      {service !== undefined && (
        <ErrorBoundary>
          <Suspense fallback={<Skeleton className="h-[268px]" />}>
            <Adoption scope={{ ...scope, service }} />
          </Suspense>
        </ErrorBoundary>
      )}
      <Panel
        name="releases"
        query={query}
        isEmpty={isEmpty}
        skeleton={<SkeletonRows rows={9} className="h-14 max-md:h-36" />}
        empty={
          <NothingInRange
            never={
              <Empty title={t.releases.emptyTitle}>
                <p className="text-muted">{t.releases.emptyText}</p>
                <CodeBlock code={versionLine} label="OpenTelemetry" />
              </Empty>
            }
          />
        }
      >
        {(answer) => <Rows answer={answer} q={q} />}
      </Panel>
    </Page>
  )
}

const versionLine = 'OTEL_RESOURCE_ATTRIBUTES=service.name=shop,service.version=1.0.0'

function Rows({ answer: { data, meta }, q }: { answer: Answer<ReleaseRow[]>; q: string }) {
  const project = useProject()
  const change = useChangeSearch()
  const filter = useDeferredValue(q.trim().toLowerCase())
  const found = data.filter(({ service, version, environment }) =>
    `${service}\n${version}\n${environment}`.toLowerCase().includes(filter),
  )
  const inOrder = found.filter(({ implausible }) => implausible === null)
  const outOfOrder = found.filter(({ implausible }) => implausible !== null)
  const columns = releaseColumns({ project, now: meta.now, showEnvironment: true })
  const [ticked, setTicked] = useState<ReleaseRow[]>([])
  const shown = [
    tickColumn({ ticked, setTicked }),
    columns.verdict,
    columns.release,
    columns.share,
    columns.traffic,
    columns.failing,
    columns.p95,
    columns.deployed,
    columns.trend,
  ]
  const keyOf = ({ service, environment, version }: ReleaseRow) =>
    JSON.stringify([service, environment, version])

  if (found.length === 0) {
    return (
      <Empty title={t.overview.filteredTitle(`“${q}”`)}>
        <Button onClick={() => change({ q: undefined })}>{t.action.clearFilter}</Button>
      </Empty>
    )
  }
  return (
    <div className="flex flex-col gap-8">
      <Lanes rows={inOrder} now={meta.now} />
      {ticked.length > 0 && <CompareBar ticked={ticked} project={project} />}
      <RowTable label={t.releases.title} rows={inOrder} keyOf={keyOf} columns={shown} />
      {outOfOrder.length > 0 && (
        <Section title={t.releases.outOfOrder}>
          <RowTable
            label={t.releases.outOfOrder}
            rows={outOfOrder}
            keyOf={keyOf}
            columns={[columns.release, whyOutOfOrder, columns.traffic]}
          />
        </Section>
      )}
    </div>
  )
}

const whyOutOfOrder: Column<ReleaseRow> = {
  head: t.column.what,
  cell: ({ implausible }) => <span dir="auto">{implausible}</span>,
  wide: true,
  speaks: true,
}
