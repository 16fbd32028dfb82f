import type { ReleaseRow } from '@aftermath/schemas/api/releases'
import { Link } from '@tanstack/react-router'
import { page } from '../paths.ts'
import { t } from '../strings/en.ts'
import type { Column } from '../ui/row-table.tsx'

type Ticks = { ticked: ReleaseRow[]; setTicked: (rows: ReleaseRow[]) => void }

const same = (a: ReleaseRow, b: ReleaseRow) =>
  a.service === b.service && a.environment === b.environment && a.version === b.version
const comparable = (a: ReleaseRow, b: ReleaseRow) =>
  a.service === b.service && a.environment === b.environment

/** A tick per release; the third one takes the place of the first. */
export function tickColumn({ ticked, setTicked }: Ticks): Column<ReleaseRow> {
  return {
    head: t.releases.compare,
    cell: (row) => {
      const isTicked = ticked.some((one) => same(one, row))
      const toggle = () =>
        setTicked(isTicked ? ticked.filter((one) => !same(one, row)) : [...ticked.slice(-1), row])
      return (
        <label className="flex size-6 items-center justify-center">
          <input
            type="checkbox"
            checked={isTicked}
            onChange={toggle}
            aria-label={t.releases.tick(row.service.slice(0, 100), row.version.slice(0, 100))}
            className="size-4 accent-(--focus)"
          />
        </label>
      )
    },
    speaks: true,
    className: 'w-16 max-md:hidden',
  }
}

/** What the ticks lead to: the older release is the base. */
export function CompareBar({ ticked, project }: { ticked: ReleaseRow[]; project: string }) {
  const [one, other] = ticked.toSorted((a, b) => (a.deployedAt < b.deployedAt ? -1 : 1))
  const ready = one !== undefined && other !== undefined && comparable(one, other)
  return (
    <div
      role="status"
      className="sticky bottom-3 z-10 flex flex-wrap items-center gap-3 rounded-panel border border-line bg-bg px-4 py-2 shadow-[0_8px_30px_rgb(0_0_0/18%)]"
    >
      <span className="text-muted">
        {other !== undefined && !ready
          ? t.releases.onlyOneService
          : t.releases.ticked(ticked.length)}
      </span>
      {ready && (
        <Link
          {...page.compare(project, one.service)}
          search={(present) => ({
            ...present,
            env: one.environment,
            base: one.version,
            target: other.version,
          })}
          className="inline-flex min-h-8 items-center rounded-control border border-line px-3 font-medium hover:bg-hover"
        >
          {t.releases.compareTicked}
        </Link>
      )}
    </div>
  )
}
