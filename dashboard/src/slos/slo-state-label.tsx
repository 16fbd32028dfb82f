import type { SloState } from '@aftermath/schemas/api/slos'
import { CircleCheck, CircleDashed, Flame, Hourglass, Ticket, type LucideIcon } from 'lucide-react'
import { t } from '../strings/slos.ts'

const looks: Record<SloState, { Icon: LucideIcon; text: string }> = {
  page: { Icon: Flame, text: 'text-roll-back' },
  ticket: { Icon: Ticket, text: 'text-patch' },
  ok: { Icon: CircleCheck, text: 'text-ship' },
  no_data: { Icon: CircleDashed, text: 'text-collecting' },
  counting: { Icon: Hourglass, text: 'text-collecting' },
}

/** How an objective stands: icon and word, so that colour is never alone. */
export function SloStateLabel({ state }: { state: SloState }) {
  const { Icon, text } = looks[state]
  return (
    <span
      data-slo-state={state}
      className={`inline-flex items-center gap-2 font-medium whitespace-nowrap ${text}`}
    >
      <Icon aria-hidden size={16} />
      {t.states[state]}
    </span>
  )
}
