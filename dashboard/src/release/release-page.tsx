import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { Answer } from '../api/api.ts'
import { hasStatus } from '../api/api-error.ts'
import { page } from '../paths.ts'
import { useLive } from '../search/use-search-state.ts'
import { useKeys } from '../shell/use-keys.ts'
import { t } from '../strings/en.ts'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { Page } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { Skeleton, SkeletonRows } from '../ui/skeleton.tsx'
import { Collecting } from './collecting.tsx'
import { ForestPlot } from './forest-plot.tsx'
import { JudgedUntil } from './judged-until.tsx'
import { NotSeenYet } from './not-seen-yet.tsx'
import { Reasoning } from './reasoning.tsx'
import { type ReleaseKey, type ReleaseView, releaseQuery } from './release-queries.ts'
import { Tiles } from './tiles.tsx'
import { VerdictHead } from './verdict-head.tsx'
import { ViewTabs } from './view-tabs.tsx'

// Below the fold, and the charts are heavy: the verdict never waits for them.
const OverTime = lazy(() => import('./over-time.tsx'))
const Operations = lazy(() => import('./operations.tsx'))
const Latency = lazy(() => import('./latency.tsx'))
const ReleaseDecisions = lazy(() => import('./release-decisions.tsx'))
const Replay = lazy(() => import('./replay.tsx'))

/** What one release did to its users: verdict first, then the evidence, then everything else. */
export function ReleasePage() {
  const { project, service, version } = useParams({
    from: '/p/$project/releases/$service/$version',
  })
  const { env, at, baseline } = useSearch({ from: '/p/$project/releases/$service/$version' })
  const { refetchInterval } = useLive()
  const key: ReleaseKey = { project, service, version, environment: env }
  const view: ReleaseView = at === undefined ? { baseline } : { at }
  const query = useQuery({
    ...releaseQuery(key, view),
    // What was published then stays as it is.
    refetchInterval: at === undefined && refetchInterval,
  })
  const report = query.data?.data
  useNeighbourKeys(project, report)

  if (hasStatus(query.error, 404)) {
    return at === undefined ? <NotSeenYet {...key} /> : <NotJudgedThen releaseKey={key} at={at} />
  }
  return (
    <Page
      name="release"
      title={t.release.title(report?.verdict, service, version)}
      heading={`${service} ${version}`}
      state={stateOf(query, neverEmpty)}
    >
      <Panel name="verdict" query={query} skeleton={<ReleaseSkeleton />}>
        {(answer) => <Report answer={answer} releaseKey={key} view={view} />}
      </Panel>
      {report !== undefined && (
        <Views releaseKey={{ ...key, environment: report.environment }} release={report} />
      )}
    </Page>
  )
}

/** A minute before the first judgement: the slider leads out of it. */
function NotJudgedThen({ releaseKey, at }: { releaseKey: ReleaseKey; at: string }) {
  const { service, version } = releaseKey
  return (
    <Page
      name="release"
      title={t.release.title(undefined, service, version)}
      heading={`${service} ${version}`}
      state="empty"
    >
      <p className="text-lead">{t.release.notJudgedThen}</p>
      <ErrorBoundary>
        <Suspense fallback={<Skeleton className="h-20" />}>
          <Replay releaseKey={releaseKey} at={at} decidedAt={[]} />
        </Suspense>
      </ErrorBoundary>
    </Page>
  )
}

function Report({ answer: { data, meta }, releaseKey, view }: ReportProps) {
  const { project } = releaseKey
  const key = { ...releaseKey, environment: data.environment }
  return (
    <div className="flex flex-col gap-8">
      <VerdictHead report={data} project={project} now={meta.now} view={view} />
      {data.verdict === 'insufficient_data' && <Collecting report={data} />}
      <Section title={t.release.forest} aside={<JudgedUntil report={data} now={meta.now} />}>
        <ForestPlot evidence={data.evidence} project={project} release={data} />
        <p className="max-w-[80ch] text-muted" dir="auto">
          {data.guarantee}
        </p>
      </Section>
      <Reasoning report={data} releaseKey={key} view={view} />
      <ErrorBoundary>
        <Suspense fallback={<Skeleton className="h-20" />}>
          <Replay
            releaseKey={key}
            at={view.at}
            decidedAt={data.decision === null ? [] : [data.decision.decidedAt]}
          />
        </Suspense>
      </ErrorBoundary>
      <Tiles report={data} project={project} />
    </div>
  )
}
type ReportProps = {
  answer: Answer<ReleaseReport>
  releaseKey: ReleaseKey
  view: ReleaseView
}

function Views({ releaseKey, release }: { releaseKey: ReleaseKey; release: ReleaseReport }) {
  const { tab } = useSearch({ from: '/p/$project/releases/$service/$version' })
  return (
    <div className="flex flex-col gap-4">
      <ViewTabs present={tab ?? 'over-time'} />
      <div role="tabpanel" id="view" aria-labelledby={`tab-${tab ?? 'over-time'}`}>
        <ErrorBoundary key={tab}>
          <Suspense fallback={<SkeletonRows rows={2} className="h-64" />}>
            {tab === 'operations' ? (
              <Operations releaseKey={releaseKey} release={release} />
            ) : tab === 'latency' ? (
              <Latency releaseKey={releaseKey} />
            ) : tab === 'decisions' ? (
              <ReleaseDecisions releaseKey={releaseKey} />
            ) : (
              <OverTime releaseKey={releaseKey} />
            )}
          </Suspense>
        </ErrorBoundary>
      </div>
    </div>
  )
}

/** `[` and `]` go through the releases in order of deployment. */
function useNeighbourKeys(project: string, report: ReleaseReport | undefined): void {
  const navigate = useNavigate()
  const go = (version: string | null | undefined) => {
    if (version === null || version === undefined || report === undefined) return
    void navigate(page.release(project, { service: report.service, version }))
  }
  useKeys({ '[': () => go(report?.older), ']': () => go(report?.newer) })
}

function ReleaseSkeleton() {
  return (
    <div className="flex flex-col gap-8">
      <div className="flex flex-col gap-4">
        <Skeleton className="h-9 w-96 max-w-full" />
        <Skeleton className="h-[72px] w-[720px] max-w-full" />
      </div>
      <SkeletonRows rows={5} className="h-11" />
      <div className="grid grid-cols-2 gap-4 md:grid-cols-4">
        {['a', 'b', 'c', 'd'].map((tile) => (
          <Skeleton key={tile} className="h-24" />
        ))}
      </div>
    </div>
  )
}
