import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { t } from '../strings/en.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { rollBackLines } from './shell-lines.ts'

/** Why it says so, what would change it, and how to act on it. */
export function Reasoning({ report }: { report: ReleaseReport }) {
  const { verdict, reasons, changesIt, flags } = report
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
      {verdict === 'roll_back' && (
        <Fold title={t.release.rollBack}>
          <p className="text-muted">{t.release.rollBackNote}</p>
          <CodeBlock code={rollBackLines(report)} label={t.release.rollBack} />
        </Fold>
      )}
    </div>
  )
}

function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="group open:bg-surface">
      <summary className="flex min-h-10 items-center gap-2 px-3 font-medium focus-visible:-outline-offset-2 hover:bg-hover">
        <ChevronDown aria-hidden size={14} className="-rotate-90 text-muted group-open:rotate-0" />
        {title}
      </summary>
      <div className="flex flex-col gap-2 px-3 pt-1 pb-3 ps-8">{children}</div>
    </details>
  )
}
