import type { OperationRow } from '@aftermath/schemas/api/releases'
import { Link } from '@tanstack/react-router'
import { formatDuration, formatDurationInterval } from '../format/duration.ts'
import {
  formatCompact,
  formatPerMinute,
  formatPointsInterval,
  formatRate,
  formatShare,
  unknownMark,
} from '../format/number.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'
import { Name } from '../ui/name.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { conclusionLook } from './conclusion-look.ts'
import { type ReleaseLife, tracesOf } from './release-links.ts'

type OperationTableProps = { rows: OperationRow[]; project: string; release: ReleaseLife }

/** Operations with what each number leads to. */
export function OperationTable({ rows, project, release }: OperationTableProps) {
  return (
    <div className="flex flex-col gap-3">
      <RowTable
        label={words.release.operations}
        rows={rows}
        keyOf={({ kind, operation }) => `${kind} ${operation}`}
        columns={columnsOf((wanted) => tracesOf(project, release, wanted))}
      />
      <p className="text-dense text-muted">{t.operations.note}</p>
    </div>
  )
}

type Requests = (wanted: Parameters<typeof tracesOf>[2]) => ReturnType<typeof tracesOf>
type Arm = OperationRow['candidate']
const failing = ({ requests, failures }: Arm) =>
  formatRate(requests > 0 ? failures / requests : null)
const rate = ({ requestsPerMinute }: Arm) =>
  requestsPerMinute === null ? unknownMark : formatPerMinute(requestsPerMinute)

const columnsOf = (requests: Requests): Column<OperationRow>[] => [
  {
    head: words.column.operation,
    cell: ({ operation, kind }) => (
      <span className="flex min-w-0 items-baseline gap-2">
        <Link
          {...requests({ operation, sort: 'failed' })}
          title={words.release.failedRequests}
          className="min-w-0 font-medium underline-offset-2 hover:underline"
        >
          <Name>{operation}</Name>
        </Link>
        <span className="shrink-0 text-dense text-muted">{kind}</span>
      </span>
    ),
    wide: true,
    speaks: true,
    className: 'max-w-0 md:w-[26%] max-md:max-w-none',
  },
  {
    head: words.column.traffic,
    cell: ({ candidate, operation }) => (
      <BesideBaseline
        to={requests({ operation })}
        title={words.release.allRequests}
        value={formatCompact(candidate.requests)}
        baseline={`${rate(candidate)}/min`}
      />
    ),
    numeric: true,
  },
  {
    head: t.operations.failing,
    cell: ({ candidate, baseline, operation }) => (
      <BesideBaseline
        to={requests({ operation, status: 'failed' })}
        title={words.release.failedRequests}
        value={failing(candidate)}
        baseline={baseline.requests > 0 ? failing(baseline) : undefined}
      />
    ),
    numeric: true,
  },
  {
    head: t.operations.failingChange,
    cell: ({ errorRate }) => (errorRate === null ? unknownMark : <Difference {...errorRate} />),
    numeric: true,
    wide: true,
  },
  {
    head: t.operations.p95,
    cell: ({ candidate, baseline, operation }) => (
      <BesideBaseline
        to={requests({ operation, sort: 'slowest' })}
        title={words.release.slowestRequests}
        value={formatDuration(candidate.p95Ns)}
        baseline={baseline.requests > 0 ? formatDuration(baseline.p95Ns) : undefined}
      />
    ),
    numeric: true,
  },
  {
    head: t.operations.p95Change,
    cell: ({ p95 }) => (p95 === null ? unknownMark : formatDurationInterval(p95.lowNs, p95.highNs)),
    numeric: true,
    className: 'max-md:col-span-2',
  },
  {
    head: t.operations.damage,
    cell: ({ damageShare, excessFailures, operation }) => (
      <Link
        {...requests({ operation, status: 'failed' })}
        title={words.release.failedRequests}
        className="underline-offset-2 hover:underline"
      >
        {damageShare === null ? unknownMark : formatShare(damageShare)}
        {excessFailures !== null && excessFailures >= 1 && (
          <span className="block text-dense text-muted">{formatCompact(excessFailures)}</span>
        )}
      </Link>
    ),
    numeric: true,
  },
]

type BesideProps = {
  to: ReturnType<typeof tracesOf>
  title: string
  value: string
  baseline: string | undefined
}

function BesideBaseline({ to, title, value, baseline }: BesideProps) {
  return (
    <>
      <Link {...to} title={title} className="block underline-offset-2 hover:underline">
        {value}
      </Link>
      <span className="block text-dense text-muted">{baseline ?? words.release.new}</span>
    </>
  )
}

function Difference({ low, high, conclusion, basis }: NonNullable<OperationRow['errorRate']>) {
  const look = conclusionLook(conclusion)
  return (
    <span data-conclusion={conclusion} data-basis={basis} title={t.operations[basis]}>
      <span className="block">{formatPointsInterval(low, high)}</span>
      {basis === 'judged' && (
        <span className={`block text-dense ${look.className}`}>{look.word}</span>
      )}
    </span>
  )
}
