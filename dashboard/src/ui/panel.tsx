import { type ReactNode, useId } from 'react'
import type { Answer } from '../api/api.ts'
import { t } from '../strings/en.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { Failure } from './failure.tsx'
import { type AnswerQuery, neverEmpty, stateOf } from './page-state.ts'
import { Strip } from './strip.tsx'

type PanelProps<T> = {
  name: string
  query: AnswerQuery<T>
  /** Of the final size, so that nothing moves when the answer comes. */
  skeleton: ReactNode
  isEmpty?: (data: T) => boolean
  empty?: ReactNode
  children: (answer: Answer<T>) => ReactNode
}

/** A part of a page with its own request: its failure is its own. */
export function Panel<T>({ name, query, skeleton, isEmpty, empty, children }: PanelProps<T>) {
  const state = stateOf(query, isEmpty ?? neverEmpty)
  return (
    <div data-panel={name} data-state={state} aria-busy={state === 'loading'} className="min-w-0">
      {query.data === undefined ? (
        query.error === null ? (
          <div className="appear-late" aria-label={t.state.loading} role="status">
            {skeleton}
          </div>
        ) : (
          <Failure error={query.error} retry={() => void query.refetch()} />
        )
      ) : (
        <>
          {query.error !== null && <Strip>{t.state.stale(new Date(query.dataUpdatedAt))}</Strip>}
          {query.data.meta.partial && <Strip>{t.state.partial}</Strip>}
          <div
            className={`transition-opacity ${query.isPlaceholderData ? 'opacity-55' : ''}`}
            aria-busy={query.isPlaceholderData}
          >
            <ErrorBoundary>{state === 'empty' ? empty : children(query.data)}</ErrorBoundary>
          </div>
        </>
      )}
    </div>
  )
}

/** A titled block of a page. */
export function Section({ title, aside, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 id={id} className="text-body font-semibold">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
type SectionProps = { title: string; aside?: ReactNode; children: ReactNode }
