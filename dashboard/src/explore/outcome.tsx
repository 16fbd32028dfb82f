import { CircleX } from 'lucide-react'
import { t } from '../strings/explore.ts'
import { Name } from '../ui/name.tsx'

/** Whether a request failed, by icon, word and colour. */
export function Outcome({ failed, message = '' }: { failed: boolean; message?: string }) {
  if (!failed) return <span className="text-muted">{t.traces.ok}</span>
  return (
    <span className="flex min-w-0 items-center gap-1.5" data-outcome="failed">
      <CircleX aria-hidden size={14} className="shrink-0 text-roll-back" />
      <span className="shrink-0 font-medium text-roll-back">{t.traces.failed}</span>
      {message !== '' && <Name className="text-dense text-muted">{message}</Name>}
    </span>
  )
}
