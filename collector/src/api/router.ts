import { randomBytes } from 'node:crypto'
import type { Meta } from '@aftermath/schemas/api/common'
import { SpanKind, type SpanOptions } from '@opentelemetry/api'
import express, { type Request, type Response } from 'express'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import { databaseOf, type Control } from '../control/control.ts'
import { inSpan } from '../observe/span.ts'
import type { Pressure } from '../pressure.ts'
import { Problem, problemOf } from './problem.ts'
import type { Outcome, RequestContext, Route } from './route.ts'

type Deps = {
  routes: readonly Route[]
  control: Control
  clickhouse: ClickHouse
  pressure: Pick<Pressure, 'sheds'>
  log: Logger
  now: () => number
  /** All acknowledged data up to here can be read. */
  watermarkMs: () => number
  /** Aborts when the program ends: what streams or waits must not hold it up. */
  stopping: AbortSignal
  /** @throws Problem 401 or 403 */
  authorise: (req: Request, token?: string) => Promise<void>
}

const BODY_BYTES_MAX = 2 ** 20

/** Serves the routes under `/api/v1`. */
export function apiRouter(deps: Deps): express.Router {
  const router = express.Router()
  router.use(
    express.json({ limit: BODY_BYTES_MAX, type: ['application/json', 'application/*+json'] }),
  )
  for (const one of deps.routes) {
    router[one.method](one.path.replaceAll(/\{(\w+)\}/g, ':$1'), (req, res) =>
      inSpan('api.request', spanOf(one), () => serve(one, req, res, deps)),
    )
  }
  for (const path of new Set(deps.routes.map((one) => one.path))) {
    const methods = deps.routes.filter((one) => one.path === path).map(({ method }) => method)
    router.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (req) => {
      const allow = methods.join(', ').toUpperCase()
      throw new Problem(405, `${req.method} is not taken here, ${allow} is.`, {
        headers: { allow },
      })
    })
  }
  router.use((req: Request) => {
    throw new Problem(
      404,
      `There is no route ${req.method} ${req.originalUrl.split('?')[0]}: /api/v1/openapi.json lists them.`,
    )
  })
  return router
}

function spanOf({ method, path }: Route): SpanOptions {
  return {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': method.toUpperCase(), 'http.route': `/api/v1${path}` },
  }
}

/**
 * Answers a reading request that a page is about to make, as the API would.
 *
 * @param path of the API, with its query
 * @returns undefined where it would fail or takes too long: the page asks itself, and says why
 */
export function readAhead(deps: Deps) {
  return async (path: string, req: Request, res: Response, signal: AbortSignal) => {
    const startedMs = performance.now()
    const { pathname, searchParams } = new URL(path, 'http://localhost')
    const found = findRoute(deps.routes, pathname)
    if (found === undefined) return undefined
    try {
      if (found.route.access !== 'open') await deps.authorise(req)
      const query = parse(
        found.route.query ?? NoQuery,
        Object.fromEntries(searchParams),
        'parameter',
      )
      const params = parse(found.route.params, found.params, 'parameter')
      const context = contextOf(req, res, query, deps)
      const outcome = await found.route.handle(
        { params, query, body: undefined },
        { ...context, signal: AbortSignal.any([context.signal, signal]) },
      )
      if (!('data' in outcome)) return undefined
      return { data: outcome.data, meta: { ...metaOf(context, startedMs, deps), ...outcome.meta } }
    } catch {
      return undefined
    }
  }
}

function findRoute(routes: readonly Route[], pathname: string) {
  const segments = pathname.split('/').slice(1)
  for (const route of routes) {
    const names = route.path.split('/').slice(1)
    if (route.method !== 'get' || names.length !== segments.length) continue
    const isName = (name: string) => name.startsWith('{')
    if (!names.every((name, k) => isName(name) || name === segments[k])) continue
    const params = names.flatMap((name, k) =>
      isName(name) ? [[name.slice(1, -1), decodeURIComponent(segments[k]!)]] : [],
    )
    return { route, params: Object.fromEntries(params) as Record<string, string> } // pairs of texts
  }
  return undefined
}

async function serve(one: Route, req: Request, res: Response, deps: Deps): Promise<void> {
  const startedMs = performance.now()
  if (one.access !== 'open') await deps.authorise(req, one.tokenOf?.(req.body))
  if (one.sheddable !== undefined && deps.pressure.sheds(one.sheddable)) throw tooBusy()
  const input = {
    params: parse(one.params, req.params, 'parameter'),
    query: parse(one.query ?? NoQuery, req.query, 'parameter'),
    body: one.body === undefined ? undefined : parse(one.body, bodyOf(req), 'field'),
  }
  const context = contextOf(req, res, input.query, deps)
  const outcome = await one.handle(input, context)
  send(one, res, outcome, metaOf(context, startedMs, deps))
}

function metaOf({ nowMs }: RequestContext, startedMs: number, { watermarkMs }: Deps): Meta {
  return {
    now: new Date(nowMs).toISOString(),
    watermark: new Date(watermarkMs()).toISOString(),
    partial: false,
    elapsedMs: Math.round((performance.now() - startedMs) * 10) / 10,
    nextCursor: null,
    environment: null,
  }
}

function tooBusy(): Problem {
  const headers = { 'retry-after': '5' }
  return new Problem(429, 'There is too much to do: telemetry goes first. Try again.', { headers })
}

const NoQuery = z.strictObject({})

function parse(schema: z.ZodType | undefined, value: unknown, where: 'parameter' | 'field') {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw problemOf(parsed.error, where)
  return parsed.data
}

function bodyOf(req: Request): unknown {
  if (req.body !== undefined) return req.body
  if (req.headers['content-type']?.includes('json') === true) return {}
  throw new Problem(415, 'Send the body as application/json.')
}

function contextOf(req: Request, res: Response, query: unknown, deps: Deps): RequestContext {
  const slug =
    typeof query === 'object' && query !== null && 'project' in query
      ? String(query.project)
      : 'default'
  const project = deps.control.projectOf(slug)
  if (project === undefined) throw new Problem(404, `There is no project ${slug}.`)
  const hangUp = new AbortController()
  res.once('close', () => hangUp.abort())
  return {
    project,
    client: deps.clickhouse.clients.of(databaseOf(project)),
    nowMs: deps.now(),
    signal: AbortSignal.any([hangUp.signal, deps.stopping]),
    req,
    res,
  }
}

function send(one: Route, res: Response, outcome: Outcome, meta: Meta): void {
  if ('sent' in outcome) return
  res.status(one.status ?? 200)
  res.setHeader('cache-control', 'no-store')
  if ('whole' in outcome) res.json(outcome.whole)
  else res.json({ data: outcome.data, meta: { ...meta, ...outcome.meta } })
}

/** The port's one place where errors become answers. */
export function problemHandler(log: Logger): express.ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    if (res.destroyed) return
    const requestId = randomBytes(4).toString('hex')
    const problem = asProblem(error)
    if (problem.status >= 500)
      log.error({ err: error, requestId, path: req.path }, 'A request failed')
    for (const [name, value] of Object.entries(problem.headers)) res.setHeader(name, value)
    res.status(problem.status).type('application/problem+json')
    res.send(JSON.stringify(problem.body(requestId)))
  }
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof z.ZodError)
    return new Problem(503, 'The database answered in an unexpected shape.')
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 0
  // What Express itself refuses: a body that is no JSON, too large, a path that does not decode.
  if (status >= 400 && status < 500) {
    return new Problem(
      status,
      error instanceof Error ? error.message : 'The request is not understood.',
    )
  }
  return new Problem(
    503,
    'The database does not answer, or refused the query. Try again in a moment.',
    {
      headers: { 'retry-after': '2' },
    },
  )
}
