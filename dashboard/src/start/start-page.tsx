import type { Onboarding } from '@aftermath/schemas/api/onboarding'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { page } from '../paths.ts'
import { useLive, useProject } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { Page } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { Attempts } from './attempts.tsx'
import { Checks } from './checks.tsx'
import { onboardingQuery } from './onboarding-query.ts'
import { type Sdk, sdkNames, snippet } from './snippets.ts'
import { mergeAttempts, useAttemptStream } from './use-attempt-stream.ts'
import { useVisible } from './use-visible.ts'

const sdks = Object.keys(sdkNames) as Sdk[] // the keys are exactly these

/** From nothing to the first span: what to set, how to start, and what arrives. */
export function StartPage() {
  const project = useProject()
  const { isLive, refetchInterval } = useLive()
  const query = useQuery({ ...onboardingQuery(project), refetchInterval })
  const visible = useVisible()
  const stream = useAttemptStream(project, isLive && visible)
  const state = isLive
    ? stream.open
      ? t.start.stream.live
      : t.start.stream.polling
    : t.start.stream.off
  return (
    <Page name="start" title={t.start.title} state={stateOf(query, neverEmpty)}>
      <div className="flex flex-col gap-1">
        <h1 className="text-verdict font-semibold tracking-tight">{t.start.title}</h1>
        <p className="max-w-[70ch] text-muted">{t.start.lead}</p>
      </div>
      <Panel name="onboarding" query={query} skeleton={<SkeletonRows rows={4} className="h-32" />}>
        {({ data }) => (
          <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] lg:gap-12">
            <Setup onboarding={data} />
            <div className="flex min-w-0 flex-col gap-6">
              <Checks checks={data.checks} />
              <Step number={3} title={t.start.step3} aside={state}>
                <Attempts attempts={mergeAttempts(stream.attempts, data.attempts)} />
              </Step>
              {data.checks.telemetry && (
                <Link
                  {...page.overview(project)}
                  className="inline-flex min-h-9 items-center self-start rounded-control bg-text px-4 font-medium text-bg"
                >
                  {t.start.openOverview}
                </Link>
              )}
            </div>
          </div>
        )}
      </Panel>
    </Page>
  )
}

function Setup({ onboarding }: { onboarding: Onboarding }) {
  const { sdk = 'node' } = useSearch({ from: '/p/$project/start' })
  const { variables, start, startLabel } = snippet(sdk, onboarding)
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <nav aria-label={t.start.language} className="flex flex-wrap gap-1">
        {sdks.map((one) => (
          <Link
            key={one}
            to="."
            search={(present: object) => ({ ...present, sdk: one === 'node' ? undefined : one })}
            resetScroll={false}
            data-chosen={one === sdk}
            aria-current={one === sdk}
            activeOptions={{ exact: true, explicitUndefined: true }}
            className="inline-flex h-8 items-center rounded-control px-3 text-muted hover:bg-hover hover:text-text data-[chosen=true]:bg-text data-[chosen=true]:font-medium data-[chosen=true]:text-bg"
          >
            {sdkNames[one]}
          </Link>
        ))}
      </nav>
      {variables !== undefined && (
        <Step number={1} title={t.start.step1}>
          <CodeBlock code={variables} label="shell" />
          {!onboarding.keyNeeded && <p className="text-dense text-muted">{t.start.noKey}</p>}
        </Step>
      )}
      <Step
        number={variables === undefined ? 1 : 2}
        title={variables === undefined ? t.start.step1 : t.start.step2}
      >
        <CodeBlock code={start} label={startLabel} />
      </Step>
    </div>
  )
}

type StepProps = { number: number; title: string; aside?: string; children: ReactNode }

function Step({ number, title, aside, children }: StepProps) {
  return (
    <section className="flex min-w-0 flex-col gap-3">
      <h2 className="flex items-center gap-2.5 font-semibold">
        <span
          aria-hidden
          className="inline-flex size-6 items-center justify-center rounded-full border border-line text-dense tabular-nums"
        >
          {number}
        </span>
        {title}
        {aside !== undefined && (
          <span className="ms-auto text-dense font-normal text-muted">{aside}</span>
        )}
      </h2>
      {children}
    </section>
  )
}
