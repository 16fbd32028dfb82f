import { useQuery } from '@tanstack/react-query'
import { CircleHelp, Menu, Radio, SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { sessionQuery } from '../api/shared-queries.ts'
import { useLive, useProject } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { IconButton, QuietButton } from '../ui/button.tsx'
import { CopyLink } from './copy-link.tsx'
import { EnvironmentFilter, ServiceFilter } from './filters.tsx'
import { ProjectPicker } from './project-picker.tsx'
import { RangePicker } from './range-picker.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

type TopBarProps = { openMenu: () => void; openHelp: () => void }

/** What holds for every page: project, range, filters, and the means to share the view. */
export function TopBar({ openMenu, openHelp }: TopBarProps) {
  const project = useProject()
  const { data: session } = useQuery(sessionQuery())
  const [filtersOpen, setFiltersOpen] = useState(false)
  return (
    <header className="sticky top-0 z-20 border-b border-hairline bg-bg print:static">
      <div className="flex min-h-14 items-center gap-1 px-2 sm:px-4 lg:px-6">
        <IconButton label={t.nav.open} onClick={openMenu} className="md:hidden">
          <Menu aria-hidden size={18} />
        </IconButton>
        <ProjectPicker project={project} projects={session?.data.projects ?? []} />
        <div className="grow" />
        <Filters className="max-md:hidden" />
        <div className="flex items-center gap-1 print:hidden">
          <QuietButton
            className="md:hidden"
            aria-expanded={filtersOpen}
            onClick={() => setFiltersOpen(!filtersOpen)}
          >
            <SlidersHorizontal aria-hidden size={16} />
            <span className="max-sm:sr-only">{t.shell.filters}</span>
          </QuietButton>
          <LiveSwitch />
          <CopyLink />
          <ThemeSwitch />
          <IconButton label={t.help.open} onClick={openHelp} className="max-sm:hidden">
            <CircleHelp aria-hidden size={16} />
          </IconButton>
        </div>
      </div>
      {filtersOpen && <Filters className="flex-wrap px-2 pb-2 md:hidden" />}
    </header>
  )
}

function Filters({ className }: { className: string }) {
  return (
    <div
      role="group"
      aria-label={t.shell.filters}
      className={`flex items-center gap-1 ${className}`}
    >
      <EnvironmentFilter />
      <ServiceFilter />
      <RangePicker />
    </div>
  )
}

function LiveSwitch() {
  const { isLive, toggle } = useLive()
  return (
    <QuietButton
      aria-pressed={isLive}
      onClick={toggle}
      title={isLive ? t.shell.liveOn : t.shell.liveOff}
      className={isLive ? '' : 'text-muted'}
    >
      <Radio aria-hidden size={16} className={isLive ? 'text-ship' : ''} />
      <span className="max-sm:sr-only">{t.shell.live}</span>
    </QuietButton>
  )
}
