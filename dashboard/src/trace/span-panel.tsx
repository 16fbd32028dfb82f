import type { SpanDetail } from '@aftermath/schemas/api/traces'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Attributes } from '../explore/attributes.tsx'
import { Outcome } from '../explore/outcome.tsx'
import { formatDuration } from '../format/duration.ts'
import { page } from '../paths.ts'
import { t } from '../strings/explore.ts'
import { IconButton } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import { Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { spanQuery } from './trace-queries.ts'

type SpanPanelProps = {
  project: string
  traceId: string
  spanId: string
  /** From the start of the trace, and whether it failed: the bar knows. */
  bar: { offsetNs: number; failed: boolean } | undefined
  onClose: () => void
}

/** Everything that was sent about the chosen span. */
export function SpanPanel({ project, traceId, spanId, bar, onClose }: SpanPanelProps) {
  const query = useQuery(spanQuery(project, { traceId, spanId }))
  return (
    <section
      aria-label={t.trace.span}
      className="flex min-w-0 flex-col gap-4 rounded-panel border border-hairline p-4"
    >
      <div className="flex items-center justify-between gap-2">
        <h2 className="font-semibold">{t.trace.span}</h2>
        <IconButton label={t.trace.close} onClick={onClose}>
          <X aria-hidden size={16} />
        </IconButton>
      </div>
      <Panel name="span" query={query} skeleton={<SkeletonRows rows={8} className="h-6" />}>
        {({ data, meta }) => (
          <div className="flex flex-col gap-6">
            {data.length > 1 && <p className="text-muted">{t.trace.repeated(data.length)}</p>}
            {data.map((span) => (
              <Detail
                key={`${span.start} ${span.name}`}
                span={span}
                project={project}
                now={meta.now}
                bar={bar}
              />
            ))}
          </div>
        )}
      </Panel>
    </section>
  )
}

type DetailProps = { span: SpanDetail; project: string; now: string; bar: SpanPanelProps['bar'] }

function Detail({ span, project, now, bar }: DetailProps) {
  const words = t.trace.facts
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <p className="text-lead font-medium" dir="auto">
        {span.name === '' ? t.traces.noName : span.name.slice(0, 1000)}
      </p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <Fact name={words.status}>
          <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
            {bar === undefined ? span.status : <Outcome failed={bar.failed} />}
            <span className="text-dense text-muted">{span.status}</span>
            {span.statusMessage !== '' && (
              <span dir="auto" className="basis-full">
                {span.statusMessage.slice(0, 2000)}
              </span>
            )}
          </span>
        </Fact>
        <Fact name={words.operation}>
          <Link
            {...page.traces(project)}
            search={(search: object) => ({
              ...search,
              service: span.service || undefined,
              env: span.environment,
              operation: span.operation || undefined,
              span: undefined,
            })}
            title={t.trace.similar}
            className="underline underline-offset-2"
          >
            <bdi>{span.operation || t.traces.noName}</bdi>
          </Link>
        </Fact>
        <Fact name={words.service}>
          <bdi>{span.service.slice(0, 300) || '–'}</bdi>
        </Fact>
        <Fact name={words.release}>
          {span.version === '' ? (
            '–'
          ) : (
            <Link
              {...page.release(project, { service: span.service, version: span.version })}
              search={{ env: span.environment }}
              className="underline underline-offset-2"
            >
              <bdi>{span.version.slice(0, 300)}</bdi>
            </Link>
          )}
        </Fact>
        <Fact name={words.environment}>
          <bdi>{span.environment.slice(0, 300)}</bdi>
        </Fact>
        <Fact name={words.kind}>{span.kind}</Fact>
        <Fact name={words.duration}>{formatDuration(span.durationNs)}</Fact>
        {bar !== undefined && <Fact name={words.offset}>{formatDuration(bar.offsetNs)}</Fact>}
        <Fact name={words.start}>
          <Moment at={span.start} now={now} as="second" />
        </Fact>
        <Fact name={words.spanId}>
          <span className="flex flex-wrap items-center gap-2">
            <code className="font-mono text-dense">{span.spanId}</code>
            <CopyButton text={span.spanId} label={t.trace.copyId} />
          </span>
        </Fact>
        <Fact name={words.parent}>
          {span.parentSpanId === '' ? (
            t.trace.root
          ) : (
            <code className="font-mono text-dense">{span.parentSpanId}</code>
          )}
        </Fact>
        {span.traceState !== '' && (
          <Fact name={words.traceState}>
            <code className="font-mono text-dense">{span.traceState.slice(0, 1000)}</code>
          </Fact>
        )}
        {span.scope.name !== '' && (
          <Fact name={words.scope}>
            <bdi>{`${span.scope.name} ${span.scope.version}`.slice(0, 400)}</bdi>
          </Fact>
        )}
      </dl>
      {span.events.length > 0 && <Events events={span.events} />}
      {span.links.length > 0 && <Links links={span.links} project={project} />}
      <Attributes title={t.trace.attributes} attributes={span.attributes} />
      <Attributes title={t.trace.resource} attributes={span.resource} />
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </>
  )
}

function Events({ events }: { events: SpanDetail['events'] }) {
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h3 className="text-dense font-medium text-muted">{t.trace.events}</h3>
      <ol className="flex min-w-0 flex-col gap-3">
        {events.map((event, at) => (
          <li key={at} data-event={event.name} className="min-w-0 border-s-2 border-line ps-3">
            <p className="flex flex-wrap items-baseline gap-x-2">
              <span className="text-dense text-muted tabular-nums">
                {formatDuration(Math.max(0, event.offsetNs))}
              </span>
              <bdi className="font-medium">{event.name.slice(0, 300)}</bdi>
            </p>
            {Object.keys(event.attributes).length > 0 && (
              <Attributes attributes={event.attributes} />
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

function Links({ links, project }: { links: SpanDetail['links']; project: string }) {
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h3 className="text-dense font-medium text-muted">{t.trace.links}</h3>
      <ul className="flex flex-col gap-1">
        {links.map(({ traceId, spanId, attributes }, at) => (
          <li key={at} className="min-w-0">
            <Link
              {...page.trace(project, traceId)}
              search={(search: object) => ({ ...search, span: spanId })}
              className="block font-mono text-dense underline"
            >
              <Name>{`${traceId} · ${spanId}`}</Name>
            </Link>
            {Object.keys(attributes).length > 0 && <Attributes attributes={attributes} />}
          </li>
        ))}
      </ul>
    </section>
  )
}
