import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { Link } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { formatShare } from '../format/number.ts'
import { formatMoment } from '../format/time.ts'
import { page } from '../paths.ts'
import { useChangeSearch, useZone } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Moment } from '../ui/moment.tsx'
import { Select } from '../ui/select.tsx'
import { Strip } from '../ui/strip.tsx'
import { VerdictBadge } from '../ui/verdict.tsx'
import type { ReleaseView } from './release-queries.ts'

type VerdictHeadProps = {
  report: ReleaseReport
  project: string
  now: string
  view: ReleaseView
}

/** Badge and sentence: the answer, before anything that explains it. */
export function VerdictHead({ report, project, now, view }: VerdictHeadProps) {
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
      <ViewStrip report={report} view={view} now={now} />
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
      {report.decision !== null && <Decided decision={report.decision} now={now} />}
      <div className="flex max-w-[90ch] flex-wrap items-center gap-x-3 gap-y-1 text-muted">
        <p dir="auto" className="min-w-0">
          {baseline.version === null ? (
            baseline.why
          ) : (
            <>
              {t.release.comparedWith}{' '}
              <bdi className="font-medium text-text">{baseline.version}</bdi> (
              {t.baselineKind[baseline.kind]}). {baseline.why}
            </>
          )}
        </p>
        <BaselineChoice report={report} named={view.baseline} />
      </div>
    </header>
  )
}

/** What people did about it stands beside the advice, never over it. */
function Decided({
  decision,
  now,
}: {
  decision: NonNullable<ReleaseReport['decision']>
  now: string
}) {
  const { action, by, reason, decidedAt } = decision
  return (
    <p className="max-w-[80ch]" data-decision={action} dir="auto">
      <span className="font-medium">{t.release.decided(t.release.decision[action])}</span>
      {by !== '' && ` ${t.release.by(by)}`}, <Moment at={decidedAt} now={now} />
      {reason !== '' && <span className="text-muted">: {reason.slice(0, 300)}</span>}
    </p>
  )
}

/** What is shown is not the verdict that counts now: of another minute, or beside a named release. */
function ViewStrip({
  report,
  view,
  now,
}: {
  report: ReleaseReport
  view: ReleaseView
  now: string
}) {
  const change = useChangeSearch()
  const zone = useZone()
  if (report.replay !== null) {
    const time = formatMoment(Date.parse(report.replay.publishedAt), Date.parse(now), zone)
    return (
      <Strip>
        <span data-testid="replay">{t.release.replayed(time)}</span>{' '}
        <button type="button" className="underline" onClick={() => change({ at: undefined })}>
          {t.release.backToNow}
        </button>
      </Strip>
    )
  }
  if (view.baseline === undefined) return null
  return (
    <Strip>
      <span dir="auto">{t.release.onDemand(view.baseline)}</span>{' '}
      <button type="button" className="underline" onClick={() => change({ baseline: undefined })}>
        {t.release.backToAutomatic}
      </button>
    </Strip>
  )
}

/** Any other release of the service to be compared with instead; judged when it is asked for. */
function BaselineChoice({ report, named }: { report: ReleaseReport; named: string | undefined }) {
  const change = useChangeSearch()
  const choices = report.baselineChoices
  if (choices.length === 0 || report.replay !== null) return null
  return (
    <span className="flex items-center print:hidden">
      <span aria-hidden>{t.release.baseline}</span>
      <Select
        label={t.release.chooseBaseline}
        value={named ?? ''}
        options={[
          { value: '', text: t.release.chosenBaseline },
          ...choices.map((version) => ({ value: version, text: version })),
        ]}
        onChange={(version) => change({ baseline: version === '' ? undefined : version })}
      />
    </span>
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
