import type { ReleaseRow } from '@aftermath/schemas/api/releases'
import { Link } from '@tanstack/react-router'
import { formatDuration } from '../format/duration.ts'
import { formatCompact, formatRate, formatShare } from '../format/number.ts'
import { page } from '../paths.ts'
import { t } from '../strings/en.ts'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import type { Column } from '../ui/row-table.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import { VerdictLabel } from '../ui/verdict.tsx'

type Shown = { project: string; now: string; showEnvironment: boolean }

/** Columns that lists of releases share. */
export function releaseColumns({ project, now, showEnvironment }: Shown) {
  const verdict: Column<ReleaseRow> = {
    head: t.column.verdict,
    cell: (row) => <VerdictLabel verdict={row.verdict} />,
    speaks: true,
    className: 'w-36 max-md:w-auto max-md:justify-self-end',
  }
  const release: Column<ReleaseRow> = {
    head: t.column.release,
    cell: (row) => <ReleaseName project={project} row={row} showEnvironment={showEnvironment} />,
    speaks: true,
    className: 'max-w-0 md:w-[22%] max-md:order-first max-md:col-span-2 max-md:max-w-none',
  }
  const failing: Column<ReleaseRow> = {
    head: t.column.failing,
    cell: ({ requests, failures }) => formatRate(requests > 0 ? failures / requests : null),
    numeric: true,
    className: 'w-20 max-md:w-auto',
  }
  const p95: Column<ReleaseRow> = {
    head: t.column.p95,
    cell: ({ p95Ns }) => formatDuration(p95Ns),
    numeric: true,
    className: 'w-20 max-md:w-auto',
  }
  const traffic: Column<ReleaseRow> = {
    head: t.column.traffic,
    cell: ({ requests }) => formatCompact(requests),
    numeric: true,
    className: 'w-20 max-md:w-auto',
  }
  const share: Column<ReleaseRow> = {
    head: t.column.share,
    cell: (row) => <ShareBar share={row.share} />,
    className: 'w-28 max-md:w-auto',
  }
  const deployed: Column<ReleaseRow> = {
    head: t.column.deployed,
    cell: (row) => <Moment at={row.deployedAt} now={now} as="age" />,
    numeric: true,
    className: 'w-28 max-md:w-auto',
  }
  const trend: Column<ReleaseRow> = {
    head: t.column.trend,
    cell: (row) => <Sparkline spark={row.spark} />,
    speaks: true,
    className: 'w-[104px] max-md:col-start-3 max-md:w-auto max-md:self-end max-md:justify-self-end',
  }
  return { verdict, release, failing, p95, traffic, share, deployed, trend }
}

function ReleaseName({ project, row, showEnvironment }: ReleaseNameProps) {
  return (
    <Link
      {...page.release(project, row)}
      search={(present) => ({ ...present, env: row.environment })}
      className="group block min-w-0 py-0.5"
    >
      <Name className="font-medium group-hover:underline">{row.service}</Name>
      <span className="flex min-w-0 items-baseline gap-2 text-dense text-muted">
        <Name className="font-mono">{row.version}</Name>
        {showEnvironment && <Name>{row.environment}</Name>}
      </span>
    </Link>
  )
}
type ReleaseNameProps = { project: string; row: ReleaseRow; showEnvironment: boolean }

function ShareBar({ share }: { share: number | null }) {
  return (
    <span className="flex items-center gap-2">
      <span className="w-12 text-end whitespace-nowrap tabular-nums max-md:w-auto">
        {formatShare(share)}
      </span>
      <span aria-hidden className="h-1.5 w-12 overflow-hidden rounded-full bg-hairline">
        <span
          className="block h-full rounded-full bg-muted"
          style={{ width: `${(share ?? 0) * 100}%` }}
        />
      </span>
    </span>
  )
}
