import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Status } from '@aftermath/schemas/api/status'
import express from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import type { Config } from '../config.ts'
import { databaseOf, type Control } from '../control/control.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Pressure } from '../pressure.ts'
import type { Attempts, Receiver } from '../receive/receive.ts'
import type { Store } from '../store/store.ts'
import { authoriser } from './authorise.ts'
import { compareRoutes } from './compare-routes.ts'
import { dashboardRouter } from './dashboard.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { decisionRoutes } from './decision-routes.ts'
import { deploymentRoutes } from './deployment-routes.ts'
import { gateRoutes } from './gate-routes.ts'
import { refuseForeignHost } from './host.ts'
import { onboardingRoutes } from './onboarding-routes.ts'
import { incidentRoutes } from './incident-routes.ts'
import { logRoutes } from './log-routes.ts'
import { metricRoutes } from './metric-routes.ts'
import { openApiRoute } from './openapi.ts'
import { releaseTabRoutes } from './release-tab-routes.ts'
import { openReleaseIndexes } from './release-index.ts'
import { patchRoutes } from './patch-routes.ts'
import { releaseRoutes } from './release-routes.ts'
import { policyRoutes } from './policy-routes.ts'
import { replayRoutes } from './replay-routes.ts'
import type { Route } from './route.ts'
import { closePort, createPort, listen } from './port.ts'
import { apiRouter, problemHandler, readAhead } from './router.ts'
import { seriesRoutes } from './series-routes.ts'
import { serviceRoutes } from './service-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { rollUpRoutes } from './roll-up-routes.ts'
import { sloRoutes } from './slo-routes.ts'
import { sqlRoutes } from './sql-routes.ts'
import { statusRoutes } from './status-routes.ts'
import { traceRoutes } from './trace-routes.ts'

type Deps = {
  config: Config
  control: Control
  clickhouse: ClickHouse
  readerOf: (database: string) => ClickHouseClient
  receiver: Receiver
  attempts: Attempts
  pressure: Pick<Pressure, 'sheds'>
  metrics: Pick<Metrics, 'openSockets'>
  log: Logger
  now: () => number
  stopping: AbortSignal
  watermarkMs: () => number
  readStatus: () => Promise<Status>
  store: Pick<Store, 'recount' | 'deadLetters'>
  jobs: Pick<Jobs, 'replay' | 'judgeBeside'>
  /** `/healthz`, `/readyz`, `/metrics`. @returns false for any other path */
  handleHealth: (req: IncomingMessage, res: ServerResponse) => boolean
  ingestUrl: () => string
  grpcUrl: () => string
}

/** The app port: dashboard, API, and the ingest routes beside them. */
export interface App extends AsyncDisposable {
  readonly url: string
}

/** Every route of `/api/v1`. */
function apiRoutes(deps: Deps & { appUrl: () => string }): Route[] {
  const indexes = openReleaseIndexes(deps.now)
  const routes = [
    ...sessionRoutes(deps),
    ...serviceRoutes(),
    ...seriesRoutes(),
    ...releaseRoutes(deps.jobs),
    ...releaseTabRoutes(deps.jobs),
    ...replayRoutes(deps.jobs),
    ...policyRoutes(),
    ...compareRoutes(),
    ...deploymentRoutes(),
    ...decisionRoutes({ indexes }),
    ...gateRoutes({ ...deps, indexes }),
    ...traceRoutes(),
    ...logRoutes(deps),
    ...metricRoutes(),
    ...sloRoutes(),
    ...incidentRoutes(),
    ...patchRoutes(),
    ...sqlRoutes({ readerOf: deps.readerOf, databaseOf }),
    ...onboardingRoutes(deps),
    ...statusRoutes(deps.readStatus),
    ...rollUpRoutes(deps.store),
    ...deadLetterRoutes(deps.store),
  ]
  return [...routes, openApiRoute(routes, deps.config.version)]
}

export { listenGrpc } from './grpc-port.ts'
export { listenIngest } from './ingest-port.ts'
export { PortError } from './port.ts'

export async function listenApp(deps: Deps): Promise<App> {
  const { config, receiver, log } = deps
  let url = ''
  const appUrl = () => config.publicUrl?.origin ?? url
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(securityHeaders(config))
  app.use(refuseForeignHost(config))
  const api = {
    ...deps,
    routes: apiRoutes({ ...deps, appUrl }),
    authorise: authoriser(deps.control),
  }
  app.use('/api/v1', apiRouter(api))
  const folder = fileURLToPath(new URL('../../../dashboard/dist/', import.meta.url))
  app.use(dashboardRouter(folder, readAhead(api)))
  app.use(problemHandler(log))

  const server = await createPort({ ...deps, name: 'app' }, (req, res) => {
    if (receiver.handle(req, res) || deps.handleHealth(req, res)) return
    if (req.headers.expect !== undefined) res.writeContinue()
    app(req, res)
  })
  url = await listen(server, config, config.appPort, 'AFTERMATH_APP_PORT')
  return { url: appUrl(), [Symbol.asyncDispose]: () => closePort(server) }
}

function securityHeaders(config: Config) {
  const self = ["'self'"]
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: self,
        styleSrc: self,
        // Charts position their parts with style attributes that React sets through the DOM.
        imgSrc: ["'self'", 'data:'],
        connectSrc: self,
        fontSrc: self,
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    hsts: config.tls !== undefined,
  })
}
