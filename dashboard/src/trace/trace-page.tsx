import type { Trace } from '@aftermath/schemas/api/traces'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { hasStatus } from '../api/api-error.ts'
import { formatDuration } from '../format/duration.ts'
import { formatCount } from '../format/number.ts'
import { LogList } from '../logs/log-list.tsx'
import { page } from '../paths.ts'
import { t } from '../strings/explore.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import { Page } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { Skeleton, SkeletonRows } from '../ui/skeleton.tsx'
import { serviceColors } from './service-colors.ts'
import { SpanPanel } from './span-panel.tsx'
import { traceLogsQuery, traceQuery } from './trace-queries.ts'
import { Waterfall } from './waterfall.tsx'

const retryMs = 5000

/** One trace: its spans over time, what was sent about the chosen one, and its log records. */
export function TracePage() {
  const { project, traceId } = useParams({ from: '/p/$project/traces/$traceId' })
  const query = useQuery({
    ...traceQuery(project, traceId),
    // A trace that is still on its way comes within seconds.
    refetchInterval: ({ state }) => (hasStatus(state.error, 404) ? retryMs : false),
  })
  const isMissing = query.data === undefined && hasStatus(query.error, 404)
  const root = query.data?.data.spans[0]
  return (
    <Page
      name="trace"
      title={t.trace.title(root === undefined ? traceId : `${root.service} ${root.name}`)}
      heading={isMissing ? t.trace.notFound : t.trace.heading}
      state={isMissing ? 'empty' : stateOf(query, neverEmpty)}
    >
      <Panel name="trace" query={query} skeleton={<TraceSkeleton />}>
        {({ data, meta }) => <Report trace={data} project={project} now={meta.now} />}
      </Panel>
      {isMissing && <p className="text-muted">{t.trace.retrying}</p>}
    </Page>
  )
}

function Report({ trace, project, now }: { trace: Trace; project: string; now: string }) {
  const { span: selected } = useSearch({ from: '/p/$project/traces/$traceId' })
  const navigate = useNavigate()
  const select = (span: string | undefined) =>
    void navigate({
      to: '.',
      search: (search: object) => ({ ...search, span }),
      replace: selected !== undefined,
      resetScroll: false,
    })
  const bar = trace.spans.find(({ spanId }) => spanId === selected)
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <Head trace={trace} now={now} />
      <div
        className={
          selected === undefined
            ? ''
            : 'grid gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)] lg:items-start'
        }
      >
        <div className="flex min-w-0 flex-col gap-6">
          <Waterfall trace={trace} selected={selected} onSelect={select} />
          <TraceLogs project={project} traceId={trace.traceId} />
        </div>
        {selected !== undefined && (
          <SpanPanel
            project={project}
            traceId={trace.traceId}
            spanId={selected}
            bar={bar}
            onClose={() => select(undefined)}
          />
        )}
      </div>
    </div>
  )
}

function Head({ trace, now }: { trace: Trace; now: string }) {
  const root = trace.spans[0]
  const failed = trace.spans.filter((span) => span.failed).length
  const colors = serviceColors(trace.services)
  return (
    <header className="flex min-w-0 flex-col gap-2">
      <h1 className="text-h1 font-semibold tracking-tight" dir="auto">
        <bdi>{root?.name.slice(0, 300) || t.traces.noName}</bdi>{' '}
        <bdi className="font-normal text-muted">{root?.service.slice(0, 200)}</bdi>
      </h1>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted tabular-nums">
        <span className="font-medium text-text" data-testid="durationNs">
          {formatDuration(trace.durationNs)}
        </span>
        <span>
          {t.trace.start} <Moment at={trace.start} now={now} as="second" />
        </span>
        <span data-testid="spans">{t.trace.spans(trace.spans.length)}</span>
        {failed > 0 && <span className="text-roll-back">{t.trace.failed(failed)}</span>}
        <span className="flex min-w-0 items-center gap-2">
          <code className="truncate font-mono text-dense">{trace.traceId}</code>
          <CopyButton text={trace.traceId} label={t.trace.copyId} />
        </span>
      </p>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-dense text-muted">
        {trace.services.slice(0, servicesMax).map((service) => (
          <li key={service} className="flex min-w-0 items-center gap-1.5">
            <svg aria-hidden width={10} height={10} className="shrink-0">
              <rect width={10} height={10} rx={2} style={{ fill: colors.get(service) }} />
            </svg>
            <Name className="max-w-60">{service}</Name>
          </li>
        ))}
        {trace.services.length > servicesMax && (
          <li>+{formatCount(trace.services.length - servicesMax)}</li>
        )}
      </ul>
      {trace.truncated && <p className="text-patch">{t.trace.truncated(trace.spans.length)}</p>}
    </header>
  )
}
const servicesMax = 12

function TraceLogs({ project, traceId }: { project: string; traceId: string }) {
  const query = useQuery(traceLogsQuery(project, traceId))
  return (
    <Section
      title={t.trace.logs}
      aside={
        <Link
          {...page.logs(project)}
          search={(search: object) => ({ ...search, trace: traceId, span: undefined })}
          className="text-dense underline"
        >
          {t.logs.title}
        </Link>
      }
    >
      <Panel
        name="logs"
        query={query}
        isEmpty={(rows) => rows.length === 0}
        empty={<p className="text-muted">{t.trace.noLogs}</p>}
        skeleton={<SkeletonRows rows={3} className="h-7" />}
      >
        {({ data, meta }) => <LogList rows={data} project={project} now={meta.now} inTrace />}
      </Panel>
    </Section>
  )
}

function TraceSkeleton() {
  return (
    <div className="flex flex-col gap-6">
      <Skeleton className="h-16 w-96 max-w-full" />
      <SkeletonRows rows={10} className="h-7" />
    </div>
  )
}
