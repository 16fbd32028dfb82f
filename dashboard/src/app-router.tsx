import { QueryClient, QueryCache } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { hasStatus } from './api/api-error.ts'
import { overviewQuery } from './overview/overview-query.ts'
import { page } from './paths.ts'
import { releaseQuery } from './release/release-queries.ts'
import { releasesQuery } from './releases/releases-queries.ts'
import { createDroppedValues, type DroppedValues } from './search/dropped-values.ts'
import {
  CompareSearch,
  keptFields,
  LoginSearch,
  LogsSearch,
  MetricsSearch,
  OverviewSearch,
  ReleaseSearch,
  ReleasesSearch,
  readSearch,
  type SearchFields,
  type SearchOf,
  SharedSearch,
  StartSearch,
  TraceSearch,
  TracesSearch,
} from './search/search-schema.ts'
import { parseSearchText, writeSearchText } from './search/search-text.ts'
import { scopeOf } from './search/use-search-state.ts'
import { recents } from './shell/recents.ts'
import { NotFoundPage } from './shell/not-found-page.tsx'
import { Shell } from './shell/shell.tsx'
import { WholePageFailure } from './shell/whole-page-failure.tsx'

type Context = { queryClient: QueryClient; dropped: DroppedValues }

/** The whole dashboard by address. Pages are loaded when they are opened, their data beside them. */
export function createAppRouter() {
  const dropped = createDroppedValues()
  const queryClient = createQueryClient({ onLoggedOut: () => void goToLogin() })

  const search =
    <F extends SearchFields>(fields: F) =>
    (raw: Record<string, unknown>) => {
      const read = readSearch(fields, raw)
      if (read.dropped.length > 0) dropped.add(read.dropped)
      return read.search
    }

  // Named before they are used: the router infers its types from them.
  const reading = {
    login: search(LoginSearch),
    shared: search(SharedSearch),
    overview: search(OverviewSearch),
    releases: search(ReleasesSearch),
    release: search(ReleaseSearch),
    compare: search(CompareSearch),
    start: search(StartSearch),
    traces: search(TracesSearch),
    trace: search(TraceSearch),
    logs: search(LogsSearch),
    metrics: search(MetricsSearch),
  }

  const root = createRootRouteWithContext<Context>()({ component: Outlet })

  const index = createRoute({
    getParentRoute: () => root,
    path: '/',
    beforeLoad: async ({ context }) => {
      const project = recents.lastProject()
      const isEmpty = await context.queryClient
        .ensureQueryData(overviewQuery(scopeOf(project, {})))
        .then(({ data }) => data.rows.length === 0)
        .catch(() => false) // the page itself tells what failed
      throw redirect(isEmpty ? page.start(project) : page.overview(project))
    },
  })

  const login = createRoute({
    getParentRoute: () => root,
    path: '/login',
    validateSearch: reading.login,
    component: lazyRouteComponent(() => import('./login/login-page.tsx'), 'LoginPage'),
  })

  const project = createRoute({
    getParentRoute: () => root,
    path: '/p/$project',
    validateSearch: reading.shared,
    search: { middlewares: [retainSearchParams<SearchOf<typeof SharedSearch>>([...keptFields])] },
    beforeLoad: ({ params }) => recents.setLastProject(params.project),
    component: Shell,
  })

  const overview = createRoute({
    getParentRoute: () => project,
    path: '/',
    staticData: { liveByDefault: true },
    validateSearch: reading.overview,
    loaderDeps: ({ search: present }) => scopeOf('', present),
    loader: ({ context, params, deps }) => {
      void context.queryClient.prefetchQuery(overviewQuery({ ...deps, project: params.project }))
    },
    component: lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
  })

  const releases = createRoute({
    getParentRoute: () => project,
    path: '/releases',
    validateSearch: reading.releases,
    loaderDeps: ({ search: present }) => scopeOf('', present),
    loader: ({ context, params, deps }) => {
      void context.queryClient.prefetchQuery(releasesQuery({ ...deps, project: params.project }))
    },
    component: lazyRouteComponent(() => import('./releases/releases-page.tsx'), 'ReleasesPage'),
  })

  const release = createRoute({
    getParentRoute: () => project,
    path: '/releases/$service/$version',
    validateSearch: reading.release,
    loaderDeps: ({ search: { env, at, baseline } }) => ({
      environment: env,
      view: at === undefined ? { baseline } : { at },
    }),
    loader: ({ context, params, deps: { environment, view } }) => {
      void context.queryClient.prefetchQuery(releaseQuery({ ...params, environment }, view))
    },
    component: lazyRouteComponent(() => import('./release/release-page.tsx'), 'ReleasePage'),
  })

  const compare = createRoute({
    getParentRoute: () => project,
    path: '/compare/$service',
    validateSearch: reading.compare,
    component: lazyRouteComponent(() => import('./compare/compare-page.tsx'), 'ComparePage'),
  })

  const decisions = createRoute({
    getParentRoute: () => project,
    path: '/decisions',
    validateSearch: reading.shared,
    component: lazyRouteComponent(() => import('./decisions/decisions-page.tsx'), 'DecisionsPage'),
  })

  const traces = createRoute({
    getParentRoute: () => project,
    path: '/traces',
    validateSearch: reading.traces,
    component: lazyRouteComponent(() => import('./traces/traces-page.tsx'), 'TracesPage'),
  })

  const trace = createRoute({
    getParentRoute: () => project,
    path: '/traces/$traceId',
    validateSearch: reading.trace,
    component: lazyRouteComponent(() => import('./trace/trace-page.tsx'), 'TracePage'),
  })

  const logs = createRoute({
    getParentRoute: () => project,
    path: '/logs',
    validateSearch: reading.logs,
    component: lazyRouteComponent(() => import('./logs/logs-page.tsx'), 'LogsPage'),
  })

  const metrics = createRoute({
    getParentRoute: () => project,
    path: '/metrics',
    validateSearch: reading.metrics,
    component: lazyRouteComponent(() => import('./metrics/metrics-page.tsx'), 'MetricsPage'),
  })

  const alerts = createRoute({
    getParentRoute: () => project,
    path: '/alerts',
    validateSearch: reading.shared,
    component: lazyRouteComponent(() => import('./slos/alerts-page.tsx'), 'AlertsPage'),
  })

  const slo = createRoute({
    getParentRoute: () => project,
    path: '/slos/$id',
    validateSearch: reading.shared,
    component: lazyRouteComponent(() => import('./slos/slo-page.tsx'), 'SloPage'),
  })

  const start = createRoute({
    getParentRoute: () => project,
    path: '/start',
    staticData: { liveByDefault: true },
    validateSearch: reading.start,
    component: lazyRouteComponent(() => import('./start/start-page.tsx'), 'StartPage'),
  })

  const status = createRoute({
    getParentRoute: () => project,
    path: '/status',
    staticData: { liveByDefault: true },
    validateSearch: reading.shared,
    component: lazyRouteComponent(() => import('./status/status-page.tsx'), 'StatusPage'),
  })

  const router = createRouter({
    routeTree: root.addChildren([
      index,
      login,
      project.addChildren([
        overview,
        releases,
        release,
        compare,
        decisions,
        traces,
        trace,
        logs,
        metrics,
        alerts,
        slo,
        start,
        status,
      ]),
    ]),
    context: { queryClient, dropped },
    parseSearch: parseSearchText,
    stringifySearch: writeSearchText,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0, // the query client knows what is stale
    scrollRestoration: true,
    defaultErrorComponent: WholePageFailure,
    defaultNotFoundComponent: NotFoundPage,
  })

  function goToLogin() {
    const { href, pathname } = router.state.location
    if (pathname === '/login') return undefined
    return router.navigate({ to: '/login', search: { next: href }, replace: true })
  }
  return { router, queryClient }
}

function createQueryClient({ onLoggedOut }: { onLoggedOut: () => void }) {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (hasStatus(error, 401)) onLoggedOut()
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 4000,
        // A failing fetch tells more than a browser's guess that it is offline.
        networkMode: 'always',
        retry: (failures, error) => failures < 1 && !isFinal(error),
        retryDelay: 800,
      },
    },
  })
}

/** Asking again would get the same answer: a refusal, or a shape that is not ours. */
function isFinal(error: Error): boolean {
  return [400, 401, 403, 404, 410, 421, 422, 500].some((status) => hasStatus(error, status))
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>['router']
  }
  interface StaticDataRouteOption {
    liveByDefault?: boolean
  }
}
