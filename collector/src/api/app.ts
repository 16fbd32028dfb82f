import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Status } from '@aftermath/schemas/api/status'
import express from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import type { Config } from '../config.ts'
import { databaseOf, type Control } from '../control/control.ts'
import type { Attempts, Receiver } from '../receive/receive.ts'
import { authoriser } from './authorise.ts'
import { dashboardRouter } from './dashboard.ts'
import { deploymentRoutes } from './deployment-routes.ts'
import { gateRoutes } from './gate-routes.ts'
import { refuseForeignHost } from './host.ts'
import { onboardingRoutes } from './onboarding-routes.ts'
import { openApiRoute } from './openapi.ts'
import { releaseRoutes } from './release-routes.ts'
import type { Route } from './route.ts'
import { apiRouter, problemHandler } from './router.ts'
import { seriesRoutes } from './series-routes.ts'
import { serviceRoutes } from './service-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { sqlRoutes } from './sql-routes.ts'
import { statusRoutes } from './status-routes.ts'

type Deps = {
  config: Config
  control: Control
  clickhouse: ClickHouse
  readerOf: (database: string) => ClickHouseClient
  receiver: Receiver
  attempts: Attempts
  log: Logger
  now: () => number
  watermarkMs: () => number
  readStatus: () => Promise<Status>
  /** `/healthz`, `/readyz`, `/metrics`. @returns false for any other path */
  handleHealth: (req: IncomingMessage, res: ServerResponse) => boolean
  ingestUrl: () => string
}

/** The app port: dashboard, API, and the ingest routes beside them. */
export interface App extends AsyncDisposable {
  readonly url: string
}

/** Every route of `/api/v1`. */
export function apiRoutes(deps: Deps & { appUrl: () => string }): Route[] {
  const routes = [
    ...sessionRoutes(deps),
    ...serviceRoutes(),
    ...seriesRoutes(),
    ...releaseRoutes(),
    ...deploymentRoutes(),
    ...gateRoutes(deps),
    ...sqlRoutes({ readerOf: deps.readerOf, databaseOf }),
    ...onboardingRoutes(deps),
    ...statusRoutes(deps.readStatus),
  ]
  return [...routes, openApiRoute(routes, deps.config.version)]
}

export async function listenApp(deps: Deps): Promise<App> {
  const { config, receiver, log } = deps
  let url = ''
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(securityHeaders(config))
  app.use(refuseForeignHost(config))
  app.use(
    '/api/v1',
    apiRouter({
      ...deps,
      routes: apiRoutes({ ...deps, appUrl: () => url }),
      authorise: authoriser(deps.control),
    }),
  )
  app.use(dashboardRouter(fileURLToPath(new URL('../../../dashboard/dist/', import.meta.url))))
  app.use(problemHandler(log))

  const server = await createPort(config, (req, res) => {
    if (receiver.handle(req, res) || deps.handleHealth(req, res)) return
    app(req, res)
  })
  url = await listen(server, config, config.appPort, 'AFTERMATH_APP_PORT')
  return { url: config.publicUrl?.origin ?? url, [Symbol.asyncDispose]: () => closePort(server) }
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

/** A port of ours: slow senders lose their connection instead of holding it. */
export async function createPort(
  config: Config,
  handle: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<Server> {
  const options = {
    headersTimeout: 10_000,
    requestTimeout: 60_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 2000,
    maxHeaderSize: 16 * 1024,
    noDelay: true,
  }
  if (config.tls === undefined) return createServer(options, handle)
  const [cert, key] = await Promise.all([readFile(config.tls.certFile), readFile(config.tls.keyFile)])
  return createTlsServer({ ...options, cert, key, minVersion: 'TLSv1.2' }, handle)
}

/** @throws Error naming the variable when the port is taken */
export async function listen(server: Server, config: Config, port: number, variable: string) {
  server.listen(port, config.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // what a socket emits
    if (code === 'EADDRINUSE') {
      throw new Error(`Port ${port} is taken: stop what listens there, or set ${variable} (0 means any free port).`)
    }
    throw new Error(`Cannot listen on ${config.host}:${port} (${code ?? 'unknown'}): check AFTERMATH_HOST and ${variable}.`)
  }
  const { port: actual } = server.address() as AddressInfo // it listens on a port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return `${config.tls === undefined ? 'http' : 'https'}://${host}:${actual}`
}

const CLOSE_MS = 10_000

/** Ends idle connections at once, busy ones when they are done, all after 10 s. */
export async function closePort(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const impatient = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  await closed
  clearTimeout(impatient)
}
