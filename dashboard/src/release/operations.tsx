import type { OperationRow } from '@aftermath/schemas/api/releases'
import { conclusionLook } from './conclusion-look.ts'
import { useQuery } from '@tanstack/react-query'
import { formatDuration } from '../format/duration.ts'
import { formatCompact, formatPointsInterval, formatRate, unknownMark } from '../format/number.ts'
import { t } from '../strings/en.ts'
import { Name } from '../ui/name.tsx'
import { Panel } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { operationsQuery, type ReleaseKey } from './release-queries.ts'

/** Each operation of the release beside the same of its baseline. */
export default function Operations({ releaseKey }: { releaseKey: ReleaseKey }) {
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
          columns={columns}
        />
      )}
    </Panel>
  )
}

type Arm = OperationRow['candidate']
const failing = ({ requests, failures }: Arm) =>
  formatRate(requests > 0 ? failures / requests : null)

const columns: Column<OperationRow>[] = [
  {
    head: t.column.operation,
    cell: ({ operation, kind }) => (
      <span className="flex min-w-0 items-baseline gap-2">
        <Name className="font-medium">{operation}</Name>
        <span className="shrink-0 text-dense text-muted">{kind}</span>
      </span>
    ),
    wide: true,
    speaks: true,
    className: 'max-w-0 md:w-[34%] max-md:max-w-none',
  },
  {
    head: t.column.traffic,
    cell: ({ candidate }) => formatCompact(candidate.requests),
    numeric: true,
  },
  {
    head: t.column.failing,
    cell: ({ candidate, baseline }) => (
      <BesideBaseline
        value={failing(candidate)}
        baseline={baseline.requests > 0 ? failing(baseline) : undefined}
      />
    ),
    numeric: true,
  },
  {
    head: t.column.p95,
    cell: ({ candidate, baseline }) => (
      <BesideBaseline
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

function BesideBaseline({ value, baseline }: { value: string; baseline: string | undefined }) {
  return (
    <>
      <span className="block">{value}</span>
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
