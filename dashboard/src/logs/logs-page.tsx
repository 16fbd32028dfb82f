import type { LogRow } from '@aftermath/schemas/api/logs'
import { useSearch } from '@tanstack/react-router'
import { Radio } from 'lucide-react'
import { api } from '../api/api.ts'
import { ChoiceField, FilterForm, MoreButton, TextField } from '../explore/fields.tsx'
import { Never } from '../explore/never.tsx'
import { optionsOf } from '../explore/options-of.ts'
import { usePages } from '../explore/use-pages.ts'
import { apiPath } from '../paths.ts'
import { useChangeSearch, useLive, useScope } from '../search/use-search-state.ts'
import { t as shared } from '../strings/en.ts'
import { t } from '../strings/explore.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { NothingInRange } from '../ui/nothing-in-range.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { stateOf } from '../ui/page-state.ts'
import { Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { LogList } from './log-list.tsx'
import { LogTail } from './log-tail.tsx'

const from = '/p/$project/logs'
const isEmpty = (rows: LogRow[]) => rows.length === 0

/** Log records, newest first or as they arrive. */
export function LogsPage() {
  const scope = useScope()
  const { version, severity, q, match, trace, follow } = useSearch({ from })
  const { refetchInterval } = useLive()
  const change = useChangeSearch()
  const filter = { version, severity, q, match, traceId: trace }
  const wanted = { ...scope, ...filter }
  const follows = follow === '1'
  const { query, more, isLoadingMore } = usePages<LogRow>({
    queryKey: ['logs', wanted],
    read: (cursor, signal) => api.get(apiPath.logs({ ...wanted, cursor }), 'logs', signal),
    refetchInterval: follows ? false : refetchInterval,
  })
  const { project, environment, service } = scope
  return (
    <Page name="logs" title={t.logs.title} state={stateOf(query, isEmpty)}>
      <PageHead title={t.logs.title}>
        <Button
          aria-pressed={follows}
          onClick={() => change({ follow: follows ? undefined : '1' })}
        >
          <Radio aria-hidden size={14} className={follows ? 'text-ship' : ''} />
          {t.logs.follow}
        </Button>
      </PageHead>
      <Filters />
      {follows ? (
        <LogTail
          project={project}
          address={apiPath.logTail({ project, environment, service, ...filter })}
        />
      ) : (
        <Panel
          name="logs"
          query={query}
          isEmpty={isEmpty}
          empty={<NoLog />}
          skeleton={<SkeletonRows rows={16} className="h-7" />}
        >
          {({ data, meta }) => (
            <div className="flex min-w-0 flex-col gap-4">
              <LogList rows={data} project={project} now={meta.now} />
              <MoreButton more={more} isLoading={isLoadingMore} />
            </div>
          )}
        </Panel>
      )}
    </Page>
  )
}

function Filters() {
  const { version, severity, q, match, trace } = useSearch({ from })
  const change = useChangeSearch()
  const words = t.logs
  return (
    <FilterForm label={words.filters}>
      <TextField
        label={words.text}
        value={q}
        onCommit={(value) => change({ q: value })}
        className="col-span-2 sm:col-span-2"
        isFilter
      />
      <ChoiceField
        label={words.match}
        value={match}
        none={words.matchOf.words}
        options={optionsOf({ part: words.matchOf.part })}
        onChange={(value) => change({ match: value })}
      />
      <ChoiceField
        label={words.severity}
        value={severity}
        none={t.any}
        options={optionsOf(words.severityOf)}
        onChange={(value) => change({ severity: value })}
      />
      <TextField
        label={t.traces.version}
        value={version}
        onCommit={(value) => change({ version: value })}
      />
      <TextField
        label={words.traceId}
        value={trace}
        check={(text) => (/^[0-9a-f]{32}$/.test(text) ? undefined : t.traces.badTraceId)}
        onCommit={(value) => change({ trace: value })}
        className="col-span-2 sm:col-span-2 lg:col-span-3"
      />
    </FilterForm>
  )
}

function NoLog() {
  const { version, severity, q, trace } = useSearch({ from })
  const change = useChangeSearch()
  if ([version, severity, q, trace].every((filter) => filter === undefined)) {
    return <NothingInRange never={<Never signal="log record" />} />
  }
  const cleared = { version: undefined, severity: undefined, q: undefined, trace: undefined }
  return (
    <Empty title={t.logs.nothing}>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => change(cleared)}>{t.logs.clear}</Button>
        <Button onClick={() => change({ from: '-7d', to: undefined })}>
          {shared.action.widen}
        </Button>
      </div>
    </Empty>
  )
}
