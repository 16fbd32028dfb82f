import { parseCookie } from 'cookie'
import type { Request } from 'express'
import { bearerOf } from '../bearer.ts'
import type { Control } from '../control/control.ts'
import { Problem } from './problem.ts'

export const SESSION_COOKIE = 'aftermath_session'

/** A browser's cookie or a program's bearer token. @throws Problem 401, 403 for a foreign page's request */
export function authoriser(control: Control): (req: Request, token?: string) => Promise<void> {
  return async (req, token) => {
    const bearer = bearerOf(req) ?? token
    if (bearer !== undefined) {
      if (control.logins.isAdminToken(bearer)) return
      throw new Problem(401, 'The token is not known. An ingest key cannot read.', {
        headers: { 'www-authenticate': 'Bearer' },
      })
    }
    const secret = sessionSecretOf(req)
    if (secret === undefined || !(await control.logins.find(secret))) {
      throw new Problem(401, 'Log in, or send Authorization: Bearer <API token>.', {
        headers: { 'www-authenticate': 'Bearer' },
      })
    }
    refuseForeignPage(req)
  }
}

export function sessionSecretOf(req: Request): string | undefined {
  return parseCookie(req.headers.cookie ?? '')[SESSION_COOKIE]
}

/**
 * A cookie goes along with requests that other pages make. Browsers say whose page it was, so what
 * changes something must come from ours. Programs without a browser send neither header.
 *
 * @throws Problem 403
 */
export function refuseForeignPage(req: Request): void {
  if (req.method === 'GET' || req.method === 'HEAD') return
  const site = req.headers['sec-fetch-site']
  const origin = req.headers.origin
  const isOwn =
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined || originHost(origin) === req.headers.host)
  if (!isOwn) throw new Problem(403, 'This request came from another site’s page.')
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
