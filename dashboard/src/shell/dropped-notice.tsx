import { useRouteContext } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { t } from '../strings/en.ts'
import { IconButton } from '../ui/button.tsx'

/** Tells which values of the address could not be read and were left out. */
export function DroppedNotice() {
  const { dropped } = useRouteContext({ from: '__root__' })
  const values = useSyncExternalStore(dropped.subscribe, dropped.current)
  if (values.length === 0) return null
  return (
    <div
      role="status"
      data-panel="dropped"
      className="flex items-center justify-between gap-3 border-b border-hairline bg-surface px-4 py-1 sm:px-6 lg:px-8"
    >
      <p className="min-w-0" dir="auto">
        {t.shell.dropped(
          values.map(({ name, value }) => `${name}=${value.slice(0, 60)}`).join(', '),
        )}
      </p>
      <IconButton label={t.action.close} onClick={dropped.clear}>
        <X aria-hidden size={16} />
      </IconButton>
    </div>
  )
}
