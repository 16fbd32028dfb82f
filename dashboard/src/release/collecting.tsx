import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import type { Evidence } from '@aftermath/schemas/verdict'
import { t } from '../strings/en.ts'
import { Section } from '../ui/panel.tsx'
import { exposureText, signalName } from './evidence-words.ts'

/** How far each signal is on the way to a sample that may be judged. */
export function Collecting({ report: { eta, evidence } }: { report: ReleaseReport }) {
  const whole = evidence.filter(({ scope }) => scope.operation === null && scope.issue === null)
  return (
    <Section title={t.release.collecting}>
      <p>
        {eta === null ? t.release.noEta : t.release.etaAt(eta.minutes)}
        {eta !== null && <span className="text-muted"> {eta.needs}</span>}
      </p>
      <ul className="grid gap-x-8 gap-y-3 sm:grid-cols-2 lg:grid-cols-3">
        {whole.map((row) => (
          <Sample key={JSON.stringify([row.signal, row.scope])} row={row} />
        ))}
      </ul>
    </Section>
  )
}

function Sample({ row }: { row: Evidence }) {
  // `needed` is per arm: the arm with fewer requests is the one waited for.
  const have = Math.min(row.candidate.n, row.baseline.n)
  const all = have + row.needed
  const share = all > 0 ? have / all : 0
  const label = signalName(row)
  return (
    <li className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className="font-medium">{label}</span>
        <span className="text-dense text-muted tabular-nums">
          {t.release.sample(have, exposureText(Math.ceil(all), row.exposure))}
        </span>
      </span>
      <span
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        className="h-2 overflow-hidden rounded-full bg-hairline"
      >
        <span
          className="block h-full rounded-full bg-collecting"
          style={{ width: `${share * 100}%` }}
        />
      </span>
    </li>
  )
}
