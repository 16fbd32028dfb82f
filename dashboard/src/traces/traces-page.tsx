import type { TraceRow } from '@aftermath/schemas/api/traces'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { api } from '../api/api.ts'
import { ChoiceField, FilterForm, MoreButton, TextField } from '../explore/fields.tsx'
import { Never } from '../explore/never.tsx'
import { optionsOf } from '../explore/options-of.ts'
import { Outcome } from '../explore/outcome.tsx'
import { usePages } from '../explore/use-pages.ts'
import { formatDuration } from '../format/duration.ts'
import { apiPath, page } from '../paths.ts'
import { useChangeSearch, useLive, useProject, useScope } from '../search/use-search-state.ts'
import { t as shared } from '../strings/en.ts'
import { t } from '../strings/explore.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import { NothingInRange } from '../ui/nothing-in-range.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { stateOf } from '../ui/page-state.ts'
import { Panel } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { parseDuration } from './parse-duration.ts'

const from = '/p/$project/traces'
const isEmpty = (rows: TraceRow[]) => rows.length === 0

/** What services did for their callers, each row with the trace it is part of. */
export function TracesPage() {
  const scope = useScope()
  const { version, operation, status, min, max, sort } = useSearch({ from })
  const { refetchInterval } = useLive()
  const nanoseconds = (text: string | undefined) =>
    text === undefined ? undefined : String(parseDuration(text))
  const wanted = {
    ...scope,
    version,
    operation,
    status,
    sort,
    durationMinNs: nanoseconds(min),
    durationMaxNs: nanoseconds(max),
  }
  const { query, more, isLoadingMore } = usePages<TraceRow>({
    queryKey: ['traces', wanted],
    read: (cursor, signal) => api.get(apiPath.traces({ ...wanted, cursor }), 'traces', signal),
    refetchInterval,
  })
  return (
    <Page name="traces" title={t.traces.title} state={stateOf(query, isEmpty)}>
      <PageHead title={t.traces.title} />
      <Filters />
      <Panel
        name="traces"
        query={query}
        isEmpty={isEmpty}
        empty={<NoTrace />}
        skeleton={<SkeletonRows rows={12} className="h-11" />}
      >
        {({ data, meta }) => (
          <div className="flex flex-col gap-4">
            <RowTable
              label={t.traces.title}
              rows={data}
              keyOf={({ traceId, spanId, at }) => `${traceId} ${spanId} ${at}`}
              columns={columnsOf(scope.project, meta.now)}
            />
            <MoreButton more={more} isLoading={isLoadingMore} />
          </div>
        )}
      </Panel>
    </Page>
  )
}

function Filters() {
  const { version, operation, status, min, max, sort } = useSearch({ from })
  const change = useChangeSearch()
  const navigate = useNavigate()
  const project = useProject()
  const words = t.traces
  const badDuration = (text: string) =>
    parseDuration(text) === undefined ? words.badDuration : undefined
  const traceIdOf = (text: string) => text.trim().toLowerCase().replaceAll('-', '')
  return (
    <FilterForm label={words.filters}>
      <TextField
        label={words.operation}
        value={operation}
        onCommit={(value) => change({ operation: value })}
        className="col-span-2"
        maxLength={250}
        isFilter
      />
      <TextField
        label={words.version}
        value={version}
        onCommit={(value) => change({ version: value })}
      />
      <ChoiceField
        label={words.status}
        value={status}
        none={t.any}
        options={optionsOf(words.statusOf)}
        onChange={(value) => change({ status: value })}
      />
      <TextField
        label={words.durationMin}
        value={min}
        placeholder={words.durationHint}
        check={badDuration}
        onCommit={(value) => change({ min: value })}
      />
      <TextField
        label={words.durationMax}
        value={max}
        check={badDuration}
        onCommit={(value) => change({ max: value })}
      />
      <ChoiceField
        label={words.sort}
        value={sort}
        none={words.sortOf.newest}
        options={optionsOf({ slowest: words.sortOf.slowest, failed: words.sortOf.failed })}
        onChange={(value) => change({ sort: value })}
      />
      <TextField
        label={words.traceId}
        value={undefined}
        check={(text) => (/^[0-9a-f]{32}$/.test(traceIdOf(text)) ? undefined : words.badTraceId)}
        onCommit={(value) => {
          if (value !== undefined) void navigate(page.trace(project, traceIdOf(value)))
        }}
      />
    </FilterForm>
  )
}

function NoTrace() {
  const { version, operation, status, min, max } = useSearch({ from })
  const change = useChangeSearch()
  if ([version, operation, status, min, max].every((filter) => filter === undefined)) {
    return <NothingInRange never={<Never signal="trace" />} />
  }
  const cleared = {
    version: undefined,
    operation: undefined,
    status: undefined,
    min: undefined,
    max: undefined,
  }
  return (
    <Empty title={t.traces.nothing}>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => change(cleared)}>{t.traces.clear}</Button>
        <Button onClick={() => change({ from: '-7d', to: undefined })}>
          {shared.action.widen}
        </Button>
      </div>
    </Empty>
  )
}

const columnsOf = (project: string, now: string): Column<TraceRow>[] => [
  {
    head: t.traces.column.operation,
    cell: ({ traceId, spanId, operation, service, kind }) => (
      <span className="block min-w-0">
        <Link
          {...page.trace(project, traceId)}
          search={(search: object) => ({ ...search, span: spanId })}
          className="block font-medium underline-offset-2 hover:underline"
        >
          <Name>{operation === '' ? t.traces.noName : operation}</Name>
        </Link>
        <span className="flex min-w-0 items-baseline gap-2 text-dense text-muted">
          <Name>{service}</Name>
          <span className="shrink-0">{kind}</span>
        </span>
      </span>
    ),
    wide: true,
    speaks: true,
    className: 'max-w-0 md:w-[38%] max-md:max-w-none',
  },
  {
    head: t.traces.column.outcome,
    cell: ({ failed, statusMessage }) => <Outcome failed={failed} message={statusMessage} />,
    className: 'max-w-0 md:w-[22%] max-md:max-w-none',
  },
  {
    head: t.traces.column.release,
    cell: ({ version }) => <Name className="font-mono text-dense">{version || '–'}</Name>,
    className: 'max-w-0 md:w-[14%] max-md:max-w-none',
  },
  {
    head: t.traces.column.duration,
    cell: ({ durationNs }) => formatDuration(durationNs),
    numeric: true,
  },
  {
    head: t.traces.column.at,
    cell: ({ at }) => <Moment at={at} now={now} as="second" />,
    numeric: true,
  },
]
