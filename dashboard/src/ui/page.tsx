import type { ReactNode } from 'react'
import type { PageState } from './page-state.ts'

type PageProps = {
  name: string
  title: string
  state: PageState
  /** The h1 while there is no data, with which the page's own comes. */
  heading?: string
  children: ReactNode
}

/** The main part of a page: its name and state are what tests and readers go by. */
export function Page({ name, title, state, heading, children }: PageProps) {
  const headless = heading !== undefined && state !== 'ready' && state !== 'partial'
  return (
    <main
      id="main"
      tabIndex={-1}
      data-page={name}
      data-state={state}
      aria-busy={state === 'loading'}
      className="mx-auto flex w-full max-w-[1240px] min-w-0 grow flex-col gap-6 px-4 py-6 sm:px-6 lg:px-8"
    >
      <title>{`${title} · Aftermath`}</title>
      {headless && (
        <h1
          dir="auto"
          className={state === 'loading' ? 'sr-only' : 'text-h1 font-semibold tracking-tight'}
        >
          {heading}
        </h1>
      )}
      {children}
    </main>
  )
}

/** Head of a list page: its one h1, and what belongs beside it. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <h1 className="text-h1 font-semibold tracking-tight">{title}</h1>
      {children}
    </div>
  )
}
