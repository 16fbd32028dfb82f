import { Link } from '@tanstack/react-router'
import { t } from '../strings/en.ts'

type View = 'over-time' | 'operations' | 'latency' | 'decisions'
const views: { view: View; label: string; tab: Exclude<View, 'over-time'> | undefined }[] = [
  { view: 'over-time', label: t.release.overTime, tab: undefined },
  { view: 'operations', label: t.release.operations, tab: 'operations' },
  { view: 'latency', label: t.release.latency, tab: 'latency' },
  { view: 'decisions', label: t.release.decisions, tab: 'decisions' },
]

/** Views of the release below its verdict; each has an address of its own. */
export function ViewTabs({ present }: { present: View }) {
  return (
    <div
      role="tablist"
      aria-label={t.release.views}
      className="flex gap-1 overflow-x-auto border-b border-hairline print:hidden"
    >
      {views.map(({ view, label, tab }) => (
        <Link
          key={view}
          id={`tab-${view}`}
          role="tab"
          aria-selected={view === present}
          aria-controls="view"
          to="."
          search={(search: object) => ({ ...search, tab })}
          resetScroll={false}
          className="-mb-px inline-flex h-9 shrink-0 whitespace-nowrap items-center border-b-2 border-transparent px-3 text-muted hover:text-text aria-selected:border-text aria-selected:font-medium aria-selected:text-text"
        >
          {label}
        </Link>
      ))}
    </div>
  )
}
