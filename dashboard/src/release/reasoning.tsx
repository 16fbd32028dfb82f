import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { ChevronDown } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { t } from '../strings/en.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import type { ReleaseKey, ReleaseView } from './release-queries.ts'
import { rollBackLines } from './shell-lines.ts'

// Opened by few, and not before the page is read.
const Proof = lazy(() => import('./proof.tsx'))
const Decide = lazy(() => import('./decide.tsx'))

type ReasoningProps = { report: ReleaseReport; releaseKey: ReleaseKey; view: ReleaseView }

/** Why it says so, what would change it, how to check it, and how to act on it. */
export function Reasoning({ report, releaseKey, view }: ReasoningProps) {
  const { verdict, reasons, changesIt, flags } = report
  // A decision is about the verdict that counts, not about one of the past or of another baseline.
  const isNow = view.at === undefined && view.baseline === undefined
  return (
    <div className="divide-y divide-hairline overflow-hidden rounded-panel border border-hairline">
      <Fold title={t.release.why}>
        {reasons.length === 0 ? (
          <p className="text-muted">{t.release.nothingFired}</p>
        ) : (
          <ol className="flex list-decimal flex-col gap-1 ps-5 marker:text-muted">
            {reasons.map(({ code, sentence }) => (
              <li key={code} dir="auto">
                {sentence} <code className="font-mono text-dense text-muted">{code}</code>
              </li>
            ))}
          </ol>
        )}
        {flags.length > 0 && (
          <p className="text-dense text-muted">
            <code className="font-mono">{flags.join(' · ')}</code>
          </p>
        )}
      </Fold>
      <Fold title={t.release.changes}>
        {changesIt.length === 0 ? (
          <p className="text-muted">{t.release.nothingChanges}</p>
        ) : (
          <ul className="flex list-disc flex-col gap-1 ps-5 marker:text-muted">
            {changesIt.map((sentence) => (
              <li key={sentence} dir="auto">
                {sentence}
              </li>
            ))}
          </ul>
        )}
      </Fold>
      <Fold title={t.release.howKnown}>
        <Proof releaseKey={releaseKey} view={view} />
      </Fold>
      {(verdict === 'roll_back' || verdict === 'patch') && (
        <Fold title={t.release.rollBack}>
          <p className="text-muted">{t.release.rollBackNote}</p>
          <CodeBlock code={rollBackLines(report)} label={t.release.rollBack} />
        </Fold>
      )}
      {isNow && (
        <Fold title={t.release.decide}>
          <Decide report={report} releaseKey={releaseKey} />
        </Fold>
      )}
    </div>
  )
}

/** Its content is made, and fetched, when it is opened. */
function Fold({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <details
      className="group open:bg-surface"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="flex min-h-10 items-center gap-2 px-3 font-medium focus-visible:-outline-offset-2 hover:bg-hover">
        <ChevronDown aria-hidden size={14} className="-rotate-90 text-muted group-open:rotate-0" />
        {title}
      </summary>
      {open && (
        <div className="flex flex-col gap-2 px-3 pt-1 pb-3 ps-8 max-sm:ps-3">
          <ErrorBoundary>
            <Suspense fallback={<SkeletonRows rows={3} className="h-8" />}>{children}</Suspense>
          </ErrorBoundary>
        </div>
      )}
    </details>
  )
}
