import { isIP } from 'node:net'
import type { RequestHandler } from 'express'
import type { Config } from '../config.ts'
import { Problem } from './problem.ts'

/**
 * Refuses a `Host` that is none of ours: a page elsewhere can point its own name at this machine and
 * then read what the browser may (DNS rebinding). IP addresses cannot be pointed anywhere.
 */
export function refuseForeignHost(config: Pick<Config, 'host' | 'publicUrl'>): RequestHandler {
  const own = new Set(['localhost', config.host, config.publicUrl?.hostname])
  return (req, _res, next) => {
    const host = hostNameOf(req.headers.host ?? '')
    if (own.has(host) || isIP(host) !== 0 || host.endsWith('.localhost')) return next()
    throw new Problem(
      421,
      `${host} is not a name of this server: set AFTERMATH_PUBLIC_URL to the address people use.`,
    )
  }
}

function hostNameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
}
