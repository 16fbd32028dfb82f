import type { OperationRow } from '@aftermath/schemas/api/releases'
import { conclusionLook } from './conclusion-look.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatDuration } from '../format/duration.ts'
import { formatCompact, formatPointsInterval, formatRate, unknownMark } from '../format/number.ts'
import { t } from '../strings/en.ts'
import { Name } from '../ui/name.tsx'
import { Panel } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { type ReleaseLife, tracesOf } from './release-links.ts'
import { operationsQuery, type ReleaseKey } from './release-queries.ts'

/** Each operation of the release beside the same of its baseline. */
export default function Operations({ releaseKey, release }: OperationsProps) {
  const query = useQuery(operationsQuery(releaseKey))
  return (
    <Panel
      name="operations"
      query={query}
      skeleton={<SkeletonRows rows={6} className="h-11" />}
      isEmpty={(rows) => rows.length === 0}
      empty={<p className="text-muted">{t.release.operationsEmpty}</p>}
    >
      {({ data }) => (
        <RowTable
          label={t.release.operations}
          rows={data}
          keyOf={({ kind, operation }) => `${kind} ${operation}`}
          columns={columnsOf((wanted) => tracesOf(releaseKey.project, release, wanted))}
        />
      )}
    </Panel>
  )
}

type OperationsProps = { releaseKey: ReleaseKey; release: ReleaseLife }
type Requests = (wanted: Parameters<typeof tracesOf>[2]) => ReturnType<typeof tracesOf>

type Arm = OperationRow['candidate']
const failing = ({ requests, failures }: Arm) =>
  formatRate(requests > 0 ? failures / requests : null)

const columnsOf = (requests: Requests): Column<OperationRow>[] => [
  {
    head: t.column.operation,
    cell: ({ operation, kind }) => (
      <span className="flex min-w-0 items-baseline gap-2">
        <Link
          {...requests({ operation, sort: 'failed' })}
          title={t.release.failedRequests}
          className="min-w-0 font-medium underline-offset-2 hover:underline"
        >
          <Name>{operation}</Name>
        </Link>
        <span className="shrink-0 text-dense text-muted">{kind}</span>
      </span>
    ),
    wide: true,
    speaks: true,
    className: 'max-w-0 md:w-[34%] max-md:max-w-none',
  },
  {
    head: t.column.traffic,
    cell: ({ candidate, operation }) => (
      <Link
        {...requests({ operation })}
        title={t.release.allRequests}
        className="underline-offset-2 hover:underline"
      >
        {formatCompact(candidate.requests)}
      </Link>
    ),
    numeric: true,
  },
  {
    head: t.column.failing,
    cell: ({ candidate, baseline, operation }) => (
      <BesideBaseline
        to={requests({ operation, status: 'failed' })}
        title={t.release.failedRequests}
        value={failing(candidate)}
        baseline={baseline.requests > 0 ? failing(baseline) : undefined}
      />
    ),
    numeric: true,
  },
  {
    head: t.column.p95,
    cell: ({ candidate, baseline, operation }) => (
      <BesideBaseline
        to={requests({ operation, sort: 'slowest' })}
        title={t.release.slowestRequests}
        value={formatDuration(candidate.p95Ns)}
        baseline={baseline.requests > 0 ? formatDuration(baseline.p95Ns) : undefined}
      />
    ),
    numeric: true,
  },
  {
    head: t.column.difference,
    cell: ({ errorRate }) => (errorRate === null ? unknownMark : <Difference {...errorRate} />),
    numeric: true,
    wide: true,
    className: 'md:w-[24%]',
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
      <span className="block text-dense text-muted">{baseline ?? t.release.new}</span>
    </>
  )
}

function Difference({ low, high, conclusion }: NonNullable<OperationRow['errorRate']>) {
  const look = conclusionLook(conclusion)
  return (
    <span data-conclusion={conclusion}>
      <span className="block">{formatPointsInterval(low, high)}</span>
      <span className={`block text-dense ${look.className}`}>{look.word}</span>
    </span>
  )
}
