import { Outlet } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { t } from '../strings/en.ts'
import { DroppedNotice } from './dropped-notice.tsx'
import { HelpDialog } from './help-dialog.tsx'
import { OfflineBanner } from './offline-banner.tsx'
import { Rail, RailDrawer } from './rail.tsx'
import { recents } from './recents.ts'
import { TopBar } from './top-bar.tsx'
import { useShellKeys } from './use-shell-keys.ts'

/** What stands around every page of a project. */
export function Shell() {
  const drawer = useRef<HTMLDialogElement>(null)
  const help = useRef<HTMLDialogElement>(null)
  const [collapsed, setCollapsed] = useState(recents.railCollapsed)
  const openHelp = () => help.current?.showModal()
  useShellKeys({ openHelp })

  const toggleRail = () => {
    recents.setRailCollapsed(!collapsed)
    setCollapsed(!collapsed)
  }

  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="absolute start-2 top-2 z-50 -translate-y-20 rounded-control bg-text px-3 py-2 text-bg focus:translate-y-0"
      >
        {t.shell.skip}
      </a>
      <Rail collapsed={collapsed} toggle={toggleRail} />
      <RailDrawer dialog={drawer} />
      <div className="flex min-w-0 grow flex-col">
        <TopBar openMenu={() => drawer.current?.showModal()} openHelp={openHelp} />
        <OfflineBanner />
        <DroppedNotice />
        <Outlet />
      </div>
      <HelpDialog dialog={help} />
    </div>
  )
}
