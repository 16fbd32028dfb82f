import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { t } from '../strings/en.ts'
import { CodeBlock } from '../ui/code-block.tsx'

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

/** Names come from telemetry: quoted for a shell, so that pasting one cannot run anything. */
export function rollBackLines({ service, environment, baseline }: RolledBack): string {
  const name = quoted(service)
  const space = quoted(environment)
  const lines = [
    `kubectl rollout undo ${quoted(`deployment/${service}`)} -n ${space}`,
    `kubectl argo rollouts undo ${name} -n ${space}`,
    `helm rollback ${name} -n ${space}`,
  ]
  if (baseline.version === null) return lines.join('\n')
  const version = quoted(baseline.version)
  return [
    ...lines,
    `npx aftermath deploy --service ${name} --version ${version} --environment ${space}`,
  ].join('\n')
}
type RolledBack = {
  service: string
  environment: string
  baseline: { version: string | null }
}

/** A shell word: bare where that is safe, else in single quotes. */
export function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a pasted newline or escape would act at once
  const plain = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", `'\\''`)}'`
}
