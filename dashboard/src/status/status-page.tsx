import type { Status } from '@aftermath/schemas/api/status'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatLag } from '../format/duration.ts'
import { formatBytes, formatCount } from '../format/number.ts'
import { useLive } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Moment } from '../ui/moment.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { statusQuery } from './status-query.ts'

/** Beyond this the pages show a past that senders left behind. */
const lagSecondsMax = 60

/** The system itself: what it took in, what it holds, whether its parts work. */
export function StatusPage() {
  const { refetchInterval } = useLive()
  const query = useQuery({ ...statusQuery(), refetchInterval })
  return (
    <Page name="status" title={t.status.title} state={stateOf(query, neverEmpty)}>
      <PageHead title={t.status.title}>
        {query.data !== undefined && (
          <span className="text-muted">{t.status.version(query.data.data.version)}</span>
        )}
      </PageHead>
      <Panel name="status" query={query} skeleton={<SkeletonRows rows={4} className="h-24" />}>
        {({ data, meta }) => <Report status={data} now={meta.now} />}
      </Panel>
    </Page>
  )
}

function Report({ status, now }: { status: Status; now: string }) {
  return (
    <div className="flex flex-col gap-8">
      <Problems problems={status.problems} />
      <Facts status={status} />
      <Section title={t.status.signals}>
        <RowTable
          label={t.status.signals}
          columns={signalColumns}
          rows={status.signals}
          keyOf={({ kind }) => kind}
        />
      </Section>
      <Section title={t.status.jobs}>
        <RowTable
          label={t.status.jobs}
          columns={jobColumns(now)}
          rows={status.jobs}
          keyOf={({ job }) => job}
        />
      </Section>
    </div>
  )
}

function Problems({ problems }: { problems: Status['problems'] }) {
  if (problems.length === 0) {
    return (
      <p className="flex items-center gap-2.5 text-lead font-medium">
        <CircleCheck aria-hidden size={20} className="text-ship" />
        {t.status.allWell}
      </p>
    )
  }
  return (
    <div
      role="alert"
      className="flex flex-col gap-2 border-s-4 border-roll-back bg-surface px-4 py-3"
    >
      <p className="flex items-center gap-2.5 text-lead font-semibold">
        <TriangleAlert aria-hidden size={20} className="text-roll-back" />
        {t.status.problems(problems.length)}
      </p>
      <ul className="flex flex-col gap-1">
        {problems.map(({ code, sentence }) => (
          <li key={code} data-problem={code}>
            {sentence} <code className="font-mono text-dense text-muted">{code}</code>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Facts({ status: { lagSeconds, journal, disk, engine } }: { status: Status }) {
  const origin = engine.embedded ? t.status.embedded : t.status.external
  const engineNote = [engine.version, origin, t.status.restarts(engine.restarts)]
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-panel border border-hairline bg-hairline md:grid-cols-4">
      <Fact
        name="lagSeconds"
        label={t.status.lag}
        bad={lagSeconds > lagSecondsMax}
        value={formatLag(lagSeconds)}
      />
      <Fact
        name="journal"
        label={t.status.journal}
        value={formatBytes(journal.bytes)}
        note={t.status.journalNote(journal.segments, formatLag(journal.oldestSeconds))}
      />
      <Fact
        name="disk"
        label={t.status.disk}
        value={formatBytes(disk.freeBytes)}
        note={t.status.diskNote(formatBytes(disk.usedBytes))}
      />
      <Fact
        name="engine"
        label={t.status.engine}
        bad={!engine.up}
        value={engine.up ? t.status.up : t.status.down}
        note={engineNote.filter((part) => part !== null).join(' · ')}
      />
    </dl>
  )
}

type FactProps = { name: string; label: string; value: string; note?: ReactNode; bad?: boolean }

function Fact({ name, label, value, note, bad = false }: FactProps) {
  return (
    <div className="flex flex-col bg-bg px-4 py-3">
      <dt className="text-dense text-muted">{label}</dt>
      <dd
        data-testid={name}
        className={`text-h1 font-semibold tracking-tight tabular-nums ${bad ? 'text-roll-back' : ''}`}
      >
        {value}
      </dd>
      {note !== undefined && <dd className="text-dense text-muted">{note}</dd>}
    </div>
  )
}

const signalColumns: Column<Status['signals'][number]>[] = [
  {
    head: t.status.signal,
    cell: ({ kind }) => <span className="font-medium">{kind}</span>,
    wide: true,
    speaks: true,
  },
  { head: t.status.requests, cell: ({ requests }) => formatCount(requests), numeric: true },
  { head: t.status.items, cell: ({ items }) => formatCount(items), numeric: true },
  {
    head: t.status.rejected,
    cell: ({ rejectedItems }) => <Unwanted number={rejectedItems} />,
    numeric: true,
  },
  {
    head: t.status.refused,
    cell: ({ refusedRequests }) => <Unwanted number={refusedRequests} />,
    numeric: true,
  },
]

const jobColumns = (now: string): Column<Status['jobs'][number]>[] => [
  {
    head: t.status.job,
    cell: ({ job }) => <span className="font-medium">{job}</span>,
    wide: true,
    speaks: true,
  },
  {
    head: t.status.lastSuccess,
    cell: ({ lastSuccess }) =>
      lastSuccess === null ? t.status.never : <Moment at={lastSuccess} now={now} as="age" />,
    numeric: true,
  },
  { head: t.status.errors, cell: ({ errors }) => <Unwanted number={errors} />, numeric: true },
]

/** A count that should be 0: seen at once when it is not. */
function Unwanted({ number }: { number: number }) {
  return (
    <span className={number > 0 ? 'font-medium text-roll-back' : 'text-muted'}>
      {formatCount(number)}
    </span>
  )
}
