import type { IncomingMessage, ServerResponse } from 'node:http'
import { bearerOf } from '../bearer.ts'
import type { Config } from '../config.ts'
import type { Control } from '../control/control.ts'
import { addressOf, isLoopback } from '../receive/receive.ts'
import type { Metrics } from './metrics.ts'

type Deps = {
  config: Pick<Config, 'trustedProxies'>
  control: Control
  metrics: Metrics
  /** Codes of what is wrong; those that keep a request from being accepted are among `UNREADY`. */
  problems: () => readonly string[]
}

/** What keeps a request from being accepted. ClickHouse away does not: the journal takes it in. */
const UNREADY = new Set(['stopping', 'disk_full', 'journal_failed'])

/** Whether a request would be accepted. @param problems codes */
export function isReady(problems: readonly string[]): boolean {
  return !problems.some((code) => UNREADY.has(code))
}

/** `/healthz`, `/readyz` and `/metrics` of a port. */
export function healthHandler({ config, control, metrics, problems }: Deps) {
  async function sendMetrics(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const bearer = bearerOf(req)
    const isAllowed =
      (bearer !== undefined && control.logins.isAdminToken(bearer)) ||
      (isLoopback(addressOf(req, config.trustedProxies)) && !('x-forwarded-for' in req.headers))
    if (!isAllowed) return sendText(res, 401, 'Send Authorization: Bearer <API token>.\n')
    res.writeHead(200, { 'content-type': metrics.registry.contentType })
    res.end(await metrics.registry.metrics())
  }

  return (req: IncomingMessage, res: ServerResponse): boolean => {
    const path = (req.url ?? '').split('?')[0]
    if (req.method !== 'GET' && req.method !== 'HEAD') return false
    if (path === '/healthz') {
      sendText(res, 200, 'ok\n')
      return true
    }
    if (path === '/readyz') {
      const codes = problems()
      sendJson(res, isReady(codes) ? 200 : 503, { problems: codes })
      return true
    }
    if (path === '/metrics') {
      sendMetrics(req, res).catch(() => res.destroy())
      return true
    }
    return false
  }
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  res.end(text)
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(body))
}
