import type { MetricName } from '@aftermath/schemas/api/metrics'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { Never } from '../explore/never.tsx'
import { useChangeSearch, useLive, useScope } from '../search/use-search-state.ts'
import { t } from '../strings/metrics.ts'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { FilterField } from '../ui/filter-field.tsx'
import { Name } from '../ui/name.tsx'
import { NothingInRange } from '../ui/nothing-in-range.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { stateOf } from '../ui/page-state.ts'
import { Panel } from '../ui/panel.tsx'
import { Skeleton, SkeletonRows } from '../ui/skeleton.tsx'
import { metricsQuery } from './metric-queries.ts'

// Charts are heavy: the list of names does not wait for them.
const MetricView = lazy(() => import('./metric-view.tsx'))

const from = '/p/$project/metrics'
const isEmpty = (names: MetricName[]) => names.length === 0

/** What services measure, by name; a chosen metric over time. */
export function MetricsPage() {
  const { environment: _, ...scope } = useScope()
  const { name } = useSearch({ from })
  const { refetchInterval } = useLive()
  const query = useQuery({ ...metricsQuery(scope), refetchInterval })
  return (
    <Page name="metrics" title={name ?? t.title} state={stateOf(query, isEmpty)}>
      <PageHead title={t.title} />
      <Panel
        name="names"
        query={query}
        isEmpty={isEmpty}
        empty={<NothingInRange never={<Never signal="metric" />} />}
        skeleton={<SkeletonRows rows={8} className="h-9" />}
      >
        {({ data }) => (
          <div className="grid gap-6 md:grid-cols-[minmax(0,18rem)_minmax(0,1fr)] md:items-start">
            <Names names={data} chosen={name} />
            {name === undefined ? (
              <p className="text-muted max-md:order-first">{t.choose}</p>
            ) : (
              <div className="min-w-0 max-md:order-first">
                <ErrorBoundary key={name}>
                  <Suspense fallback={<Skeleton className="h-80" />}>
                    <MetricView name={name} />
                  </Suspense>
                </ErrorBoundary>
              </div>
            )}
          </div>
        )}
      </Panel>
    </Page>
  )
}

function Names({ names, chosen }: { names: MetricName[]; chosen: string | undefined }) {
  const { q = '', kind } = useSearch({ from })
  const change = useChangeSearch()
  const wanted = q.trim().toLowerCase()
  const shown = names.filter(({ name }) => name.toLowerCase().includes(wanted))
  return (
    <nav aria-label={t.list} className="flex min-w-0 flex-col gap-3">
      <FilterField
        label={t.filter}
        value={q}
        onChange={(value) => change({ q: value === '' ? undefined : value }, 'replace')}
      />
      <p className="text-dense text-muted">
        {shown.length === 0 ? t.noMatch : t.names(shown.length)}
      </p>
      <ul className="max-h-[70dvh] min-w-0 overflow-y-auto border-y border-hairline" tabIndex={-1}>
        {shown.map((metric) => {
          const isChosen = metric.name === chosen && (kind === undefined || kind === metric.kind)
          return (
            <li
              key={`${metric.name} ${metric.kind}`}
              className="border-b border-hairline last:border-b-0"
            >
              <Link
                to="."
                search={(search: object) => ({
                  ...search,
                  name: metric.name,
                  kind: metric.kind,
                  by: undefined,
                  fn: undefined,
                })}
                resetScroll={false}
                aria-current={isChosen ? 'true' : undefined}
                className="block px-2 py-1.5 hover:bg-surface aria-[current]:bg-hover focus-visible:-outline-offset-2"
              >
                <Name className="font-medium">{metric.name}</Name>
                <span className="block truncate text-dense text-muted">
                  {t.kindOf[metric.kind]} · <bdi>{metric.services.join(', ').slice(0, 200)}</bdi>
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
