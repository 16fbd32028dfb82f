import type { SloReport } from '@aftermath/schemas/api/slos'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { hasStatus } from '../api/api-error.ts'
import { formatCount, formatRate, threeDigits, unknownMark } from '../format/number.ts'
import { page } from '../paths.ts'
import { useLive } from '../search/use-search-state.ts'
import { t } from '../strings/slos.ts'
import { Empty } from '../ui/empty.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { Skeleton, SkeletonRows } from '../ui/skeleton.tsx'
import { sloQuery } from './slo-queries.ts'
import { SloStateLabel } from './slo-state-label.tsx'

const BurnDown = lazy(() => import('./burn-down.tsx'))

/** One objective: what is left of its budget, who spent it, how fast it burns. */
export function SloPage() {
  const { project, id } = useParams({ from: '/p/$project/slos/$id' })
  const { refetchInterval } = useLive()
  const query = useQuery({ ...sloQuery(project, id), refetchInterval })
  const title = query.data?.data.name ?? id
  if (query.data === undefined && hasStatus(query.error, 404)) {
    return (
      <Page name="slo" title={id} state="empty">
        <PageHead title={id} />
        <Empty title={t.missingTitle}>
          <p className="text-muted">{t.missingText}</p>
          <Link {...page.alerts(project)} className="underline">
            {t.title}
          </Link>
        </Empty>
      </Page>
    )
  }
  return (
    <Page name="slo" title={title} heading={title} state={stateOf(query, neverEmpty)}>
      <Panel name="slo" query={query} skeleton={<SkeletonRows rows={6} className="h-20" />}>
        {({ data, meta }) => <Report slo={data} now={meta.now} project={project} />}
      </Panel>
    </Page>
  )
}

function Report({ slo, now, project }: { slo: SloReport; now: string; project: string }) {
  return (
    <div className="flex flex-col gap-8">
      <Head slo={slo} now={now} />
      <ErrorBoundary>
        <Suspense fallback={<Skeleton className="h-[268px]" />}>
          <BurnDown slo={slo} now={now} />
        </Suspense>
      </ErrorBoundary>
      <Section title={t.releases}>
        <p className="max-w-[80ch] text-muted">{t.releasesText}</p>
        {slo.releases.length === 0 ? (
          <p className="text-muted">{t.noReleases}</p>
        ) : (
          <RowTable
            label={t.releases}
            rows={slo.releases}
            keyOf={({ version }) => version}
            columns={releaseColumns(slo, project)}
          />
        )}
      </Section>
      <Section title={t.rules}>
        <p className="max-w-[80ch] text-muted">{t.rulesText}</p>
        <RowTable
          label={t.rules}
          rows={slo.rules}
          keyOf={({ longMinutes }) => String(longMinutes)}
          columns={ruleColumns}
        />
      </Section>
      <Section title={t.firings}>
        {slo.firings.length === 0 ? (
          <p className="text-muted">{t.noFirings}</p>
        ) : (
          <RowTable
            label={t.firings}
            rows={slo.firings}
            keyOf={({ longMinutes, from }) => `${longMinutes} ${from}`}
            columns={firingColumns(now)}
          />
        )}
      </Section>
    </div>
  )
}

function Head({ slo, now }: { slo: SloReport; now: string }) {
  const { sli, operations, countedThresholdMs, countedUntil } = slo
  const promise = sli.kind === 'latency' ? t.sli.latency(sli.thresholdMs) : t.sli.availability
  return (
    <div className="flex flex-col gap-3">
      <h1 dir="auto" className="text-h1 font-semibold tracking-tight break-words">
        {slo.name ?? slo.id}
      </h1>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <SloStateLabel state={slo.state} />
        <span dir="auto" className="text-muted">
          {slo.service} · {slo.environment} · {t.promise(slo.target, slo.periodDays)} · {promise} ·{' '}
          {operations === undefined ? t.allOperations : operations.join(', ').slice(0, 300)}
        </span>
      </p>
      <p className="text-verdict font-semibold tracking-tight" dir="auto" data-testid="sentence">
        {slo.sentence}
      </p>
      <p className="text-muted">
        {t.counts(slo.bad, slo.total)}{' '}
        {countedThresholdMs !== null && t.countedAt(countedThresholdMs)}{' '}
        {countedUntil !== null && <Moment at={countedUntil} now={now} as="age" />}
      </p>
      {slo.description !== undefined && (
        <p dir="auto" className="max-w-[80ch]">
          {slo.description}
        </p>
      )}
    </div>
  )
}

type Release = SloReport['releases'][number]

function releaseColumns({ service, environment }: SloReport, project: string): Column<Release>[] {
  const { column } = t
  return [
    {
      head: column.release,
      cell: ({ version }) =>
        version === '' ? (
          t.noVersion
        ) : (
          <Link
            {...page.release(project, { service, version })}
            search={{ env: environment }}
            className="min-w-0 font-medium hover:underline"
          >
            <Name>{version}</Name>
          </Link>
        ),
      wide: true,
      speaks: true,
      className: 'max-w-0 md:w-[30%] max-md:max-w-none',
    },
    { head: column.spent, cell: ({ spent }) => formatRate(spent), numeric: true },
    { head: column.burn, cell: ({ burn }) => burnText(burn), numeric: true },
    { head: column.bad, cell: ({ bad }) => formatCount(bad), numeric: true },
    { head: column.total, cell: ({ total }) => formatCount(total), numeric: true },
    {
      head: column.baseline,
      cell: ({ baseline }) => (
        <bdi>
          {baseline === null
            ? t.noBaseline
            : t.against(baseline.version.slice(0, 40), baseline.rate)}
        </bdi>
      ),
      numeric: true,
    },
  ]
}

type Rule = SloReport['rules'][number]
const burnText = (burn: number | null) => (burn === null ? unknownMark : threeDigits(burn))

const ruleColumns: Column<Rule>[] = [
  { head: t.column.severity, cell: ({ severity }) => t.severity[severity] },
  {
    head: t.column.windows,
    cell: ({ longMinutes, shortMinutes }) => `${t.window(longMinutes)} · ${t.window(shortMinutes)}`,
  },
  { head: t.column.threshold, cell: ({ threshold }) => threeDigits(threshold), numeric: true },
  { head: t.column.long, cell: ({ long }) => burnText(long.burn), numeric: true },
  { head: t.column.short, cell: ({ short }) => burnText(short.burn), numeric: true },
  {
    head: t.column.state,
    cell: ({ firing }) => (
      <span data-firing={firing} className={firing ? 'font-medium text-roll-back' : 'text-muted'}>
        {firing ? t.firing : t.quiet}
      </span>
    ),
    numeric: true,
  },
]

type Firing = SloReport['firings'][number]

const firingColumns = (now: string): Column<Firing>[] => [
  { head: t.column.severity, cell: ({ severity }) => t.severity[severity] },
  { head: t.column.rule, cell: ({ longMinutes }) => t.window(longMinutes) },
  { head: t.column.from, cell: ({ from }) => <Moment at={from} now={now} /> },
  {
    head: t.column.to,
    cell: ({ to }) => (to === null ? t.goesOn : <Moment at={to} now={now} />),
  },
]
