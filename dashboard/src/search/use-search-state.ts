import { useMatches, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { zoneOrBrowsers } from '../format/time.ts'
import type { Scope } from '../paths.ts'
import { defaultRange, type SearchOf, type SharedSearch } from './search-schema.ts'

type Shared = SearchOf<typeof SharedSearch>

/** What the address says about filters and range, whichever page is open. */
export function useSharedSearch(): Shared {
  return useSearch({ strict: false })
}

export function useProject(): string {
  return useParams({ strict: false }).project ?? 'default'
}

/** Filters and range as the API takes them. */
export function useScope(): Scope & { from: string; to: string } {
  return scopeOf(useProject(), useSharedSearch())
}

export function scopeOf(project: string, search: Shared): Scope & { from: string; to: string } {
  return {
    project,
    environment: search.env,
    service: search.service,
    from: search.from ?? defaultRange.from,
    to: search.to ?? defaultRange.to,
  }
}

/** The range that the address names itself; empty where it names none. */
export function useNamedRange(): { from?: string | undefined; to?: string | undefined } {
  const { from, to } = useSharedSearch()
  return { from, to }
}

export function useZone(): string {
  return zoneOrBrowsers(useSharedSearch().tz)
}

type Changes = Record<string, string | undefined>

/** Changes fields of the address. Filters push a step of history; typing and hovering replace it. */
export function useChangeSearch() {
  const navigate = useNavigate()
  return (changes: Changes, how: 'push' | 'replace' = 'push') =>
    void navigate({
      to: '.',
      search: (present: object) => ({ ...present, ...changes }),
      replace: how === 'replace',
      resetScroll: false,
    })
}

const liveEveryMs = 5000

/** Does the page refresh by itself, how often, and how is that turned round? */
export function useLive() {
  const { live } = useSharedSearch()
  const byDefault = useMatches({
    select: (matches) => matches.some(({ staticData }) => staticData.liveByDefault === true),
  })
  const change = useChangeSearch()
  const isLive = live === undefined ? byDefault : live === '1'
  return {
    isLive,
    refetchInterval: isLive ? liveEveryMs : (false as const),
    toggle: () => change({ live: isLive === byDefault ? (isLive ? '0' : '1') : undefined }),
  }
}
