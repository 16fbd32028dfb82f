import type { Attempt } from '@aftermath/schemas/api/onboarding'
import { Check, X } from 'lucide-react'
import { formatCount } from '../format/number.ts'
import { formatClock, formatMomentInFull } from '../format/time.ts'
import { useZone } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { Name } from '../ui/name.tsx'

/** Every request that came to the ingest port, with what to change where it was refused. */
export function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  if (attempts.length === 0) {
    return (
      <div className="flex items-center gap-3 rounded-panel border border-dashed border-line px-4 py-6">
        <span aria-hidden className="size-2.5 shrink-0 animate-pulse rounded-full bg-watch" />
        <div>
          <p className="font-medium">{t.start.waiting}</p>
          <p className="text-muted">{t.start.waitingText}</p>
        </div>
      </div>
    )
  }
  return (
    <ol
      className="max-h-[26rem] overflow-y-auto border-y border-hairline"
      aria-label={t.start.step3}
      // What scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      {attempts.map((attempt) => (
        <AttemptRow key={attempt.id} attempt={attempt} />
      ))}
    </ol>
  )
}

function AttemptRow({ attempt }: { attempt: Attempt }) {
  const zone = useZone()
  const { at, what, outcome, status, reason, detail, fix, sender } = attempt
  const accepted = outcome === 'accepted'
  const Icon = accepted ? Check : X
  const timeMs = Date.parse(at)
  return (
    <li
      data-outcome={outcome}
      data-reason={reason ?? undefined}
      className="grid grid-cols-[auto_auto_1fr] gap-x-3 gap-y-1 border-b border-hairline py-2.5 last:border-b-0"
    >
      <time
        dateTime={at}
        title={formatMomentInFull(timeMs, zone)}
        className="font-mono text-dense leading-5 text-muted tabular-nums"
      >
        {formatClock(timeMs, zone)}
      </time>
      <span
        className={`flex items-center gap-1.5 self-start ${accepted ? 'text-ship' : 'text-roll-back'}`}
      >
        <Icon aria-hidden size={16} strokeWidth={2.5} />
        <span className="max-sm:sr-only">{accepted ? t.start.accepted : t.start.refused}</span>
      </span>
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-3">
        <Name className="max-w-full font-medium">{what}</Name>
        {accepted ? <Contents attempt={attempt} /> : <span className="tabular-nums">{status}</span>}
        {reason !== null && <code className="font-mono text-dense text-muted">{reason}</code>}
        <span className="min-w-0 text-dense text-muted sm:ms-auto">
          {t.start.from} <bdi>{sender.slice(0, 100)}</bdi>
        </span>
        {!accepted && detail !== '' && (
          <p className="line-clamp-3 basis-full text-muted" dir="auto">
            {detail.slice(0, 1000)}
          </p>
        )}
        {fix !== null && <Fix fix={fix} />}
      </div>
    </li>
  )
}

function Contents({ attempt }: { attempt: Attempt }) {
  const { service, version, rejectedItems } = attempt
  return (
    <>
      {service !== null && <Name className="max-w-full">{service}</Name>}
      {version === null ? (
        <span className="text-patch">{t.start.noVersion}</span>
      ) : (
        <Name className="max-w-full font-mono text-dense">{version}</Name>
      )}
      <span className="text-muted tabular-nums">{t.start.items(attempt)}</span>
      {rejectedItems > 0 && (
        <span className="text-roll-back tabular-nums" title={formatCount(rejectedItems)}>
          {t.start.rejected(rejectedItems)}
        </span>
      )}
    </>
  )
}

/** What to change on the sender; the copied text is the setting where the sentence holds one. */
function Fix({ fix }: { fix: string }) {
  const setting = /OTEL_[A-Z_]+=[^\s)]+/.exec(fix)?.[0].replace(/[.,;]$/, '')
  return (
    <div className="flex basis-full flex-wrap items-center gap-x-3 gap-y-1">
      <p className="min-w-0" dir="auto">
        <span aria-hidden>→ </span>
        {fix}
      </p>
      <CopyButton text={setting ?? fix} label={t.action.copyFix} />
    </div>
  )
}
