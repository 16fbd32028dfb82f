/** Every address that the dashboard links to or asks: pages here, the API below. */

/** Links to pages; filters and range come along by themselves (see `app-router.tsx`). */
export const page = {
  overview: (project: string) => ({ to: '/p/$project', params: { project } }) as const,
  releases: (project: string) => ({ to: '/p/$project/releases', params: { project } }) as const,
  release: (project: string, { service, version }: { service: string; version: string }) =>
    ({
      to: '/p/$project/releases/$service/$version',
      params: { project, service, version },
    }) as const,
  compare: (project: string, service: string) =>
    ({ to: '/p/$project/compare/$service', params: { project, service } }) as const,
  decisions: (project: string) => ({ to: '/p/$project/decisions', params: { project } }) as const,
  traces: (project: string) => ({ to: '/p/$project/traces', params: { project } }) as const,
  trace: (project: string, traceId: string) =>
    ({ to: '/p/$project/traces/$traceId', params: { project, traceId } }) as const,
  logs: (project: string) => ({ to: '/p/$project/logs', params: { project } }) as const,
  metrics: (project: string) => ({ to: '/p/$project/metrics', params: { project } }) as const,
  alerts: (project: string) => ({ to: '/p/$project/alerts', params: { project } }) as const,
  slo: (project: string, id: string) =>
    ({ to: '/p/$project/slos/$id', params: { project, id } }) as const,
  start: (project: string) => ({ to: '/p/$project/start', params: { project } }) as const,
  status: (project: string) => ({ to: '/p/$project/status', params: { project } }) as const,
}

export type Scope = {
  project: string
  environment?: string | undefined
  service?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
type Texts = Record<string, string | undefined>
type Named = { service: string; version: string }
/** A release as an address asks for it: of now, of a minute of the past, or beside a named one. */
type ReleaseAsked = Named & {
  project: string
  environment?: string | undefined
  at?: string | undefined
  baseline?: string | undefined
}

/** Addresses of the API. Names are one encoded segment each, so `feature/x` stays one name. */
export const apiPath = {
  login: () => '/api/v1/login',
  logout: () => '/api/v1/logout',
  session: () => '/api/v1/session',
  status: () => '/api/v1/status',
  deadLetters: (project: string) => withSearch('/api/v1/dead-letters', { project }),
  deadLetter: (project: string, id: string) =>
    withSearch(`/api/v1/dead-letters/${segment(id)}`, { project }),
  replayDeadLetter: (project: string, id: string) =>
    withSearch(`/api/v1/dead-letters/${segment(id)}/replay`, { project }),
  differences: (project: string) =>
    withSearch('/api/v1/roll-ups/differences', { project, from: '-1h' }),
  filters: (project: string) => withSearch('/api/v1/filters', { project }),
  overview: (scope: Scope) => withSearch('/api/v1/overview', scope),
  releases: (scope: Scope & { q?: string | undefined; limit?: string }) =>
    withSearch('/api/v1/releases', scope),
  adoption: ({ service, ...scope }: Scope & { service: string }) =>
    withSearch(`/api/v1/releases/${segment(service)}/adoption`, scope),
  release: (key: ReleaseAsked) => withSearch(releasePath(key), askedOf(key)),
  releaseTab: (
    key: ReleaseAsked,
    tab: 'series' | 'operations' | 'latency' | 'history' | 'effect' | 'proof',
    search: Texts = {},
  ) => withSearch(`${releasePath(key)}/${tab}`, { ...askedOf(key), ...search }),
  compare: (search: Omit<Scope, 'from' | 'to'> & Texts) => withSearch('/api/v1/compare', search),
  sql: (project: string) => withSearch('/api/v1/sql', { project }),
  decide: (project: string) => withSearch('/api/v1/decisions', { project }),
  undoDecision: (project: string, id: string) =>
    withSearch(`/api/v1/decisions/${segment(id)}/undo`, { project }),
  decisions: (search: Scope & Texts) => withSearch('/api/v1/decisions', search),
  calibration: (search: Scope) => withSearch('/api/v1/decisions/calibration', search),
  traces: (search: Scope & Texts) => withSearch('/api/v1/traces', search),
  trace: (project: string, traceId: string) => withSearch(tracePath(traceId), { project }),
  traceLogs: (project: string, traceId: string) =>
    withSearch(`${tracePath(traceId)}/logs`, { project }),
  span: (project: string, { traceId, spanId }: { traceId: string; spanId: string }) =>
    withSearch(`${tracePath(traceId)}/spans/${segment(spanId)}`, { project }),
  metrics: (search: Omit<Scope, 'environment'>) => withSearch('/api/v1/metrics', search),
  metric: (search: Scope & Texts) => withSearch('/api/v1/metrics/query', search),
  logs: (search: Scope & Texts) => withSearch('/api/v1/logs', search),
  logTail: (search: Omit<Scope, 'from' | 'to'> & Texts) => withSearch('/api/v1/logs/tail', search),
  slos: (scope: Omit<Scope, 'from' | 'to'>) => withSearch('/api/v1/slos', scope),
  slo: (project: string, id: string) => withSearch(`/api/v1/slos/${segment(id)}`, { project }),
  onboarding: (project: string) => withSearch('/api/v1/onboarding', { project }),
  attempts: (project: string) => withSearch('/api/v1/onboarding/attempts', { project }),
}

const segment = encodeURIComponent
const tracePath = (traceId: string) => `/api/v1/traces/${segment(traceId)}`
const releasePath = ({ service, version }: Named) =>
  `/api/v1/releases/${segment(service)}/${segment(version)}`
const askedOf = ({ project, environment, at, baseline }: ReleaseAsked) => ({
  project,
  environment,
  at,
  baseline,
})

function withSearch(path: string, search: Record<string, string | undefined>): string {
  const given = Object.entries(search).filter((entry): entry is [string, string] => !!entry[1])
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}
