import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { Link } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { formatShare } from '../format/number.ts'
import { page } from '../paths.ts'
import { t } from '../strings/en.ts'
import { Moment } from '../ui/moment.tsx'
import { Strip } from '../ui/strip.tsx'
import { VerdictBadge } from '../ui/verdict.tsx'

type VerdictHeadProps = { report: ReleaseReport; project: string; now: string }

/** Badge and sentence: the answer, before anything that explains it. */
export function VerdictHead({ report, project, now }: VerdictHeadProps) {
  const { service, version, verdict, sentence, supersededBy, baseline } = report
  return (
    <header className="flex min-w-0 flex-col gap-4">
      {supersededBy !== null && (
        <Strip>
          <Link
            {...page.release(project, { service, version: supersededBy })}
            className="underline"
          >
            <bdi>{t.release.superseded(supersededBy.slice(0, 200))}</bdi>
          </Link>
        </Strip>
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <VerdictBadge verdict={verdict} />
        <h1
          className="min-w-0 max-sm:order-2 max-sm:basis-full text-h1 font-semibold tracking-tight"
          dir="auto"
        >
          <bdi>{service}</bdi> <bdi className="font-normal">{version}</bdi>
        </h1>
        <Facts report={report} now={now} />
        <Neighbours report={report} project={project} />
      </div>
      <p
        dir="auto"
        data-testid="sentence"
        className="max-w-[46ch] text-[24px] leading-8 font-medium tracking-tight text-pretty sm:text-verdict sm:leading-9"
      >
        {sentence}
      </p>
      <p className="max-w-[80ch] text-muted" dir="auto">
        {baseline.version === null ? (
          baseline.why
        ) : (
          <>
            {t.release.comparedWith} <bdi className="font-medium text-text">{baseline.version}</bdi>{' '}
            ({t.baselineKind[baseline.kind]}). {baseline.why}
          </>
        )}
      </p>
    </header>
  )
}

/** Where it runs, since when, how much of the traffic it has. */
function Facts({ report, now }: { report: ReleaseReport; now: string }) {
  const { environment, deployedAt, share, severity } = report
  return (
    <ul className="flex min-w-0 max-sm:order-3 flex-wrap items-baseline gap-x-2 text-muted [&>li+li]:before:me-2 [&>li+li]:before:content-['·']">
      {severity !== null && <li>{t.release.severity[severity]}</li>}
      <li>
        <bdi>{environment}</bdi>
      </li>
      <li>
        {t.release.since} <Moment at={deployedAt} now={now} />
      </li>
      {share !== null && <li>{t.release.ofTraffic(formatShare(share))}</li>}
    </ul>
  )
}

function Neighbours({ report, project }: { report: ReleaseReport; project: string }) {
  const { service, older, newer } = report
  const sides = [
    { version: older, label: t.release.older, Icon: ChevronLeft, keyName: '[' },
    { version: newer, label: t.release.newer, Icon: ChevronRight, keyName: ']' },
  ]
  return (
    <nav aria-label={t.releases.title} className="flex gap-1 ms-auto max-sm:order-1 print:hidden">
      {sides.map(({ version, label, Icon, keyName }) =>
        version === null ? null : (
          <Link
            key={label}
            {...page.release(project, { service, version })}
            title={`${label}: ${version.slice(0, 200)} (${keyName})`}
            aria-label={`${label}: ${version.slice(0, 200)}`}
            className="inline-flex size-8 items-center justify-center rounded-control text-muted hover:bg-hover hover:text-text"
          >
            <Icon aria-hidden size={18} />
          </Link>
        ),
      )}
    </nav>
  )
}
