import { useNavigate } from '@tanstack/react-router'
import { page } from '../paths.ts'
import { useLive, useProject } from '../search/use-search-state.ts'
import { copyText } from '../ui/copy-text.ts'
import { useKeys } from './use-keys.ts'

/** Keys that work on every page. */
export function useShellKeys({ openHelp }: { openHelp: () => void }): void {
  const project = useProject()
  const navigate = useNavigate()
  const { toggle } = useLive()
  useKeys({
    'g h': () => void navigate(page.overview(project)),
    'g r': () => void navigate(page.releases(project)),
    'g d': () => void navigate(page.decisions(project)),
    'g t': () => void navigate(page.traces(project)),
    'g l': () => void navigate(page.logs(project)),
    'g m': () => void navigate(page.metrics(project)),
    'g o': () => void navigate(page.alerts(project)),
    'g u': () => void navigate(page.start(project)),
    'g k': () => void navigate(page.status(project)),
    '?': openHelp,
    '.': toggle,
    '/': () => document.querySelector<HTMLElement>('[data-filter]')?.focus(),
    c: () => void copyText(location.href),
  })
}
