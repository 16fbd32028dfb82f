import type { LedgerEntry } from '@aftermath/schemas/api/decisions'
import { Link } from '@tanstack/react-router'
import { page } from '../paths.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { VerdictLabel } from '../ui/verdict.tsx'

type LedgerProps = { rows: LedgerEntry[]; project: string; now: string; of?: 'release' }

/** What was advised, what people did, and how the advice turned out. */
export function Ledger({ rows, project, now, of }: LedgerProps) {
  const columns = columnsOf(project, now)
  return (
    <RowTable
      label={t.decisions.ledger}
      rows={rows}
      keyOf={({ id }) => id}
      columns={of === 'release' ? columns.filter(({ head }) => head !== releaseHead) : columns}
    />
  )
}

const releaseHead = t.decisions.column.release

const columnsOf = (project: string, now: string): Column<LedgerEntry>[] => [
  {
    head: t.decisions.column.when,
    cell: ({ decidedAt }) => <Moment at={decidedAt} now={now} />,
    className: 'max-md:order-2 md:w-32',
    speaks: true,
  },
  {
    head: releaseHead,
    cell: ({ service, version, environment }) => (
      <Link
        {...page.release(project, { service, version })}
        search={(present) => ({ ...present, env: environment })}
        className="group block min-w-0"
      >
        <Name className="font-medium group-hover:underline">{service}</Name>
        <span className="flex min-w-0 gap-2 text-dense text-muted">
          <Name className="font-mono">{version}</Name>
          <Name>{environment}</Name>
        </span>
      </Link>
    ),
    speaks: true,
    className: 'max-w-0 md:w-[20%] max-md:order-first max-md:col-span-2 max-md:max-w-none',
  },
  {
    head: t.decisions.column.said,
    cell: ({ verdict }) => <VerdictLabel verdict={verdict} />,
    className: 'max-md:order-3 md:w-36',
  },
  {
    head: t.decisions.column.did,
    cell: ({ action, override, undoneAt, reason }) => (
      <span className="block min-w-0">
        <span className={`font-medium ${undoneAt === null ? '' : 'line-through'}`}>
          {words.release.decision[action]}
        </span>
        {undoneAt !== null && (
          <span className="ms-2 text-dense text-muted">{t.decisions.undone}</span>
        )}
        {override && <span className="ms-2 text-dense text-patch">{t.decisions.override}</span>}
        {reason !== '' && (
          <span dir="auto" className="block max-w-[60ch] text-dense text-muted">
            {reason.slice(0, 2000)}
          </span>
        )}
      </span>
    ),
    wide: true,
    className: 'max-md:order-5',
  },
  {
    head: t.decisions.column.who,
    cell: ({ by, via }) => (
      <span title={via}>
        {by === '' ? <span className="text-muted">{t.decisions.nobody}</span> : <Name>{by}</Name>}
      </span>
    ),
    className: 'max-md:order-4 md:w-28',
  },
  {
    head: t.decisions.column.outcome,
    cell: ({ outcome }) => (
      <span data-outcome={outcome.advice} title={outcome.because}>
        <span className={outcome.advice === 'wrong' ? 'font-medium text-roll-back' : 'font-medium'}>
          {t.decisions.advice[outcome.advice] ?? outcome.advice}
        </span>
        <span className="block text-dense text-muted" dir="auto">
          {outcome.because}
        </span>
      </span>
    ),
    wide: true,
    className: 'max-md:order-6 md:w-[22%]',
  },
]
