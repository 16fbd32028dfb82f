import type { Status } from '@aftermath/schemas/api/status'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatLag } from '../format/duration.ts'
import { formatBytes, formatCompact, formatCount, formatShare } from '../format/number.ts'
import { useLive, useProject } from '../search/use-search-state.ts'
import { Attempts } from '../start/attempts.tsx'
import { onboardingQuery } from '../start/onboarding-query.ts'
import { t } from '../strings/status.ts'
import { Button } from '../ui/button.tsx'
import { Moment } from '../ui/moment.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { lagSecondsMax, type Notice, noticesOf } from './notices.ts'
import { differencesQuery, statusQuery } from './status-query.ts'

/** The system itself: what it took in, what it holds, what is wrong, and what to do about it. */
export function StatusPage() {
  const project = useProject()
  const { refetchInterval } = useLive()
  const query = useQuery({ ...statusQuery(), refetchInterval })
  return (
    <Page name="status" title={t.title} state={stateOf(query, neverEmpty)}>
      <PageHead title={t.title}>
        {query.data !== undefined && (
          <span className="text-muted">{t.version(query.data.data.version)}</span>
        )}
      </PageHead>
      <Panel name="status" query={query} skeleton={<SkeletonRows rows={4} className="h-24" />}>
        {({ data, meta }) => <Report status={data} project={project} now={meta.now} />}
      </Panel>
    </Page>
  )
}

function Report({ status, project, now }: { status: Status; project: string; now: string }) {
  return (
    <div className="flex flex-col gap-8">
      <Notices notices={noticesOf(status)} />
      <Facts status={status} />
      <Intake status={status} />
      <Rejections rejections={status.rejections} />
      <DeadLetters project={project} inAll={status.deadLetters} />
      <Refusals project={project} />
      <RollUps project={project} now={now} />
      <Section title={t.jobs}>
        <RowTable
          label={t.jobs}
          columns={jobColumns(now)}
          rows={status.jobs}
          keyOf={({ job }) => job}
        />
      </Section>
    </div>
  )
}

function Notices({ notices }: { notices: Notice[] }) {
  if (notices.length === 0) {
    return (
      <p className="flex items-center gap-2.5 text-lead font-medium">
        <CircleCheck aria-hidden size={20} className="text-ship" />
        {t.allWell}
      </p>
    )
  }
  return (
    <div
      role="alert"
      className="flex flex-col gap-3 border-s-4 border-roll-back bg-surface px-4 py-3"
    >
      <p className="flex items-center gap-2.5 text-lead font-semibold">
        <TriangleAlert aria-hidden size={20} className="text-roll-back" />
        {t.problems(notices.length)}
      </p>
      <ul className="flex max-w-[80ch] flex-col gap-3">
        {notices.map(({ code, sentence, remedy }) => (
          <li key={code} data-problem={code}>
            <p className="font-medium">
              {sentence} <code className="font-mono text-dense font-normal text-muted">{code}</code>
            </p>
            {remedy !== undefined && <p className="text-muted">{remedy}</p>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Facts({ status }: { status: Status }) {
  const { lagSeconds, journal, disk, engine, deadLetters, shed } = status
  const words = t.facts
  const origin = engine.embedded ? words.embedded : words.external
  const engineNote = [engine.version, origin, words.restarts(engine.restarts)]
  const limit = journal.bytesMax === null ? undefined : formatBytes(journal.bytesMax)
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-panel border border-hairline bg-hairline md:grid-cols-4">
      <Fact
        name="lagSeconds"
        label={words.lag}
        bad={lagSeconds > lagSecondsMax}
        value={formatLag(lagSeconds)}
      />
      <Fact
        name="journal"
        label={words.journal}
        bad={journal.state !== 'open'}
        value={formatBytes(journal.bytes)}
        note={words.journalNote(journal.segments, limit)}
      />
      <Fact
        name="waiting"
        label={words.waiting}
        value={formatCount(journal.sealedBatches)}
        {...(journal.oldestSeconds > 0 && {
          note: words.waitingNote(formatLag(journal.oldestSeconds)),
        })}
      />
      <Fact
        name="deadLetters"
        label={words.deadLetters}
        bad={deadLetters > 0}
        value={formatCount(deadLetters)}
        note={words.deadLettersNote}
      />
      <Fact
        name="disk"
        label={words.disk}
        value={formatBytes(disk.freeBytes)}
        note={words.diskNote(
          formatShare(disk.freeBytes / Math.max(1, disk.totalBytes)),
          formatBytes(disk.usedBytes),
        )}
      />
      <Fact
        name="engine"
        label={words.engine}
        bad={!engine.up}
        value={engine.up ? words.up : words.down}
        note={engineNote.filter((part) => part !== null).join(' · ')}
      />
      <Fact
        name="memory"
        label={words.memory}
        value={engine.load === null ? '–' : formatBytes(Math.max(0, engine.load.memoryBytes))}
        {...(engine.load !== null && {
          note: words.memoryNote(engine.load.parts, engine.load.merges),
        })}
      />
      <Fact
        name="shed"
        label={words.shed}
        bad={shed.length > 0}
        value={shed.length === 0 ? words.shedNothing : shed.join(', ')}
        note={words.shedNote}
      />
    </dl>
  )
}

type FactProps = { name: string; label: string; value: string; note?: ReactNode; bad?: boolean }

function Fact({ name, label, value, note, bad = false }: FactProps) {
  return (
    <div className="flex min-w-0 flex-col bg-bg px-4 py-3">
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

function Intake({ status: { requests, signals } }: { status: Status }) {
  const items = ({ kind, items: taken, rejectedItems }: Status['signals'][number]) =>
    `${kind}: ${t.items(formatCompact(taken), formatCompact(rejectedItems))}`
  return (
    <Section title={t.intake}>
      {requests.length === 0 ? (
        <p className="text-muted">{t.noRequests}</p>
      ) : (
        <RowTable
          label={t.intake}
          columns={requestColumns}
          rows={requests}
          keyOf={({ signal, protocol }) => `${signal} ${protocol}`}
        />
      )}
      <p className="text-dense text-muted">
        {signals
          .filter((signal) => signal.items + signal.rejectedItems > 0)
          .map(items)
          .join(' · ')}
      </p>
    </Section>
  )
}

const requestColumns: Column<Status['requests'][number]>[] = [
  {
    head: t.intakeColumn.signal,
    cell: ({ signal }) => <span className="font-medium">{signal}</span>,
  },
  { head: t.intakeColumn.protocol, cell: ({ protocol }) => t.protocolOf[protocol] ?? protocol },
  { head: t.intakeColumn.accepted, cell: ({ accepted }) => formatCount(accepted), numeric: true },
  {
    head: t.intakeColumn.refused,
    cell: ({ refused }) => <Unwanted number={refused} />,
    numeric: true,
  },
  {
    head: t.intakeColumn.hungUp,
    cell: ({ hungUp }) => <Unwanted number={hungUp} />,
    numeric: true,
  },
]

function Rejections({ rejections }: { rejections: Status['rejections'] }) {
  return (
    <Section title={t.rejections}>
      {rejections.length === 0 ? (
        <p className="text-muted">{t.noRejections}</p>
      ) : (
        <RowTable
          label={t.rejections}
          columns={rejectionColumns}
          rows={rejections}
          keyOf={({ signal, reason }) => `${signal} ${reason}`}
        />
      )}
    </Section>
  )
}

const rejectionColumns: Column<Status['rejections'][number]>[] = [
  {
    head: t.rejectionColumn.reason,
    cell: ({ reason }) => <code className="font-mono text-dense">{reason}</code>,
  },
  { head: t.rejectionColumn.signal, cell: ({ signal }) => signal },
  {
    head: t.rejectionColumn.count,
    cell: ({ count }) => <Unwanted number={count} />,
    numeric: true,
  },
  {
    head: t.rejectionColumn.remedy,
    cell: ({ reason }) => <span className="text-muted">{t.reason[reason] ?? '–'}</span>,
    wide: true,
    speaks: true,
    className: 'md:w-[60%]',
  },
]

/** The last requests of the project that were refused, each with what to change. */
function Refusals({ project }: { project: string }) {
  const { refetchInterval } = useLive()
  const query = useQuery({ ...onboardingQuery(project), refetchInterval })
  return (
    <Section title={t.refusals}>
      <Panel name="refusals" query={query} skeleton={<SkeletonRows rows={2} className="h-8" />}>
        {({ data }) => {
          const refused = data.attempts.filter(({ outcome }) => outcome === 'refused')
          if (refused.length === 0) return <p className="text-muted">{t.noRefusals}</p>
          return <Attempts attempts={refused} />
        }}
      </Panel>
    </Section>
  )
}

function RollUps({ project, now }: { project: string; now: string }) {
  const query = useQuery(differencesQuery(project))
  const isAsked = query.isFetching || query.data !== undefined || query.error !== null
  return (
    <Section title={t.rollUps}>
      <p className="max-w-[80ch] text-muted">{t.rollUpsText}</p>
      <Button
        className="self-start"
        disabled={query.isFetching}
        onClick={() => void query.refetch()}
      >
        {query.isFetching ? t.recounting : t.recount}
      </Button>
      {isAsked && (
        <Panel
          name="differences"
          query={query}
          skeleton={<SkeletonRows rows={1} className="h-6" />}
        >
          {({ data }) =>
            data.length === 0 ? (
              <p className="flex items-center gap-2">
                <CircleCheck aria-hidden size={16} className="text-ship" />
                {t.noDifference}
              </p>
            ) : (
              <div className="flex flex-col gap-1">
                <p className="font-medium text-roll-back">{t.differences(data.length)}</p>
                <ul className="text-dense text-muted">
                  {data.slice(0, 20).map(({ table, minute }) => (
                    <li key={`${table} ${minute}`}>
                      <code className="font-mono">{table}</code> <Moment at={minute} now={now} />
                    </li>
                  ))}
                </ul>
              </div>
            )
          }
        </Panel>
      )}
    </Section>
  )
}

const jobColumns = (now: string): Column<Status['jobs'][number]>[] => [
  {
    head: t.job,
    cell: ({ job }) => <span className="font-medium">{job}</span>,
    wide: true,
    speaks: true,
  },
  {
    head: t.lastSuccess,
    cell: ({ lastSuccess }) =>
      lastSuccess === null ? t.never : <Moment at={lastSuccess} now={now} as="age" />,
    numeric: true,
  },
  { head: t.errors, cell: ({ errors }) => <Unwanted number={errors} />, numeric: true },
]

/** A count that should be 0: seen at once when it is not. */
function Unwanted({ number }: { number: number }) {
  return (
    <span className={number > 0 ? 'font-medium text-roll-back' : 'text-muted'}>
      {formatCount(number)}
    </span>
  )
}
