import type { Onboarding } from '@aftermath/schemas/api/onboarding'
import { CircleCheck, CircleDashed } from 'lucide-react'
import { t } from '../strings/en.ts'

const names = ['telemetry', 'version', 'environment', 'deployment'] as const

/** What a release needs to be judged, and which of it is there. */
export function Checks({ checks }: { checks: Onboarding['checks'] }) {
  return (
    <ul
      aria-label={t.start.checks.title}
      className="grid grid-cols-2 gap-px overflow-hidden rounded-panel border border-hairline bg-hairline"
    >
      {names.map((name) => {
        const done = checks[name]
        const Icon = done ? CircleCheck : CircleDashed
        const [title, text] = t.start.checks[name]
        return (
          <li
            key={name}
            data-check={name}
            data-done={done}
            className="flex gap-2.5 bg-bg px-4 py-3"
          >
            <Icon
              aria-hidden
              size={18}
              className={`mt-px shrink-0 ${done ? 'text-ship' : 'text-muted'}`}
            />
            <span className="min-w-0">
              <span className="block font-medium">
                {title}{' '}
                <span className="text-dense font-normal text-muted">
                  {done ? t.start.checks.done : t.start.checks.missing}
                </span>
              </span>
              <span className="block text-dense text-muted">{text}</span>
            </span>
          </li>
        )
      })}
    </ul>
  )
}
