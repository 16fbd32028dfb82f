import { Link } from '@tanstack/react-router'
import {
  Activity,
  BellRing,
  ChartSpline,
  Gavel,
  LayoutList,
  ListTree,
  LogOut,
  type LucideIcon,
  PanelLeftClose,
  PanelLeftOpen,
  Plug,
  ScrollText,
  Tags,
  X,
} from 'lucide-react'
import type { RefObject } from 'react'
import { api } from '../api/api.ts'
import { apiPath, page } from '../paths.ts'
import { useProject } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { IconButton } from '../ui/button.tsx'
import { Logo } from './logo.tsx'

type Target = (typeof page)[
  | 'overview'
  | 'releases'
  | 'decisions'
  | 'traces'
  | 'logs'
  | 'metrics'
  | 'alerts'
  | 'start'
  | 'status']
type Item = { label: string; Icon: LucideIcon; target: Target; exact?: boolean }

const groups: { title: string; items: Item[] }[] = [
  {
    title: t.nav.decide,
    items: [
      { label: t.nav.overview, Icon: LayoutList, target: page.overview, exact: true },
      { label: t.nav.releases, Icon: Tags, target: page.releases },
      { label: t.nav.decisions, Icon: Gavel, target: page.decisions },
    ],
  },
  {
    title: t.nav.explore,
    items: [
      { label: t.nav.traces, Icon: ListTree, target: page.traces },
      { label: t.nav.logs, Icon: ScrollText, target: page.logs },
      { label: t.nav.metrics, Icon: ChartSpline, target: page.metrics },
    ],
  },
  {
    title: t.nav.run,
    items: [
      { label: t.nav.alerts, Icon: BellRing, target: page.alerts },
      { label: t.nav.start, Icon: Plug, target: page.start },
      { label: t.nav.status, Icon: Activity, target: page.status },
    ],
  },
]

/** Navigation beside the page; icons alone when collapsed. */
export function Rail({ collapsed, toggle }: { collapsed: boolean; toggle: () => void }) {
  const Icon = collapsed ? PanelLeftOpen : PanelLeftClose
  return (
    <div
      className={`sticky top-0 flex h-dvh shrink-0 flex-col border-e border-hairline bg-surface max-md:hidden print:hidden ${collapsed ? 'w-12' : 'w-52'}`}
    >
      <div className={`flex h-14 shrink-0 items-center ${collapsed ? 'justify-center' : 'px-4'}`}>
        <Logo wordless={collapsed} />
      </div>
      <Navigation collapsed={collapsed} />
      <div
        className={`mt-auto flex p-2 ${collapsed ? 'flex-col items-center' : 'items-center justify-between'}`}
      >
        <LogOutButton />
        <IconButton label={collapsed ? t.nav.expand : t.nav.collapse} onClick={toggle}>
          <Icon aria-hidden size={16} />
        </IconButton>
      </div>
    </div>
  )
}

/** The same navigation as a drawer, where the screen has no room for a rail. */
export function RailDrawer({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const close = () => dialog.current?.close()
  return (
    <dialog
      ref={dialog}
      aria-label={t.nav.label}
      className="m-0 h-dvh max-h-none w-64 bg-surface md:hidden"
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div className="flex h-14 items-center justify-between ps-4 pe-2">
        <Logo wordless={false} />
        <IconButton label={t.action.close} onClick={close}>
          <X aria-hidden size={18} />
        </IconButton>
      </div>
      <div onClick={close}>
        <Navigation collapsed={false} />
      </div>
      <div className="px-2 py-2">
        <LogOutButton />
      </div>
    </dialog>
  )
}

/** Ends the login of this browser, then asks for another one. */
function LogOutButton() {
  const logOut = async () => {
    await api.post(apiPath.logout(), {}, 'logout')
    // Everything that was loaded goes with the page.
    location.assign('/login')
  }
  return (
    <IconButton label={t.nav.logOut} onClick={() => void logOut()}>
      <LogOut aria-hidden size={16} />
    </IconButton>
  )
}

function Navigation({ collapsed }: { collapsed: boolean }) {
  const project = useProject()
  return (
    <nav aria-label={t.nav.label} className="flex flex-col gap-4 px-2 py-2">
      {groups.map(({ title, items }) => (
        <div key={title}>
          {!collapsed && <h2 className="px-2 pb-1 text-dense text-muted">{title}</h2>}
          <ul className="flex flex-col gap-0.5">
            {items.map(({ label, Icon, target, exact }) => (
              <li key={label}>
                <Link
                  {...target(project)}
                  activeOptions={{ exact: exact ?? false, includeSearch: false }}
                  title={collapsed ? label : undefined}
                  aria-label={label}
                  className={`flex h-8 items-center gap-2.5 rounded-control px-2 text-muted hover:bg-hover hover:text-text data-[status=active]:bg-hover data-[status=active]:font-medium data-[status=active]:text-text ${collapsed ? 'justify-center' : ''}`}
                >
                  <Icon aria-hidden size={16} className="shrink-0" />
                  {!collapsed && label}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
