import type { IncomingHttpHeaders } from 'node:http'
import { bearerOf } from '../bearer.ts'
import type { Config } from '../config.ts'
import type { Control, Project } from '../control/control.ts'
import { Refusal } from './refusal.ts'

export interface Sender {
  project: Project
  /** 0 where no key was needed. */
  keyId: number
  address: string
}

/** The part of a request that is read, whatever protocol carried it. */
export interface Request {
  headers: IncomingHttpHeaders
  socket: { remoteAddress?: string | undefined }
}

type Deps = { config: Pick<Config, 'openIngest' | 'trustedProxies'>; control: Control }

/** Who sends. @throws Refusal 401 for a missing or unknown key, 503 while the keys are not loaded */
export function senderOf(req: Request, query: URLSearchParams, { config, control }: Deps): Sender {
  const address = addressOf(req, config.trustedProxies)
  const key = keyOf(req, query)
  const found = key === undefined ? keyless(req, address, config, control) : control.findKey(key)
  switch (found.outcome) {
    case 'known':
      return { project: found.project, keyId: found.keyId, address }
    case 'unknown':
      throw new Refusal(
        401,
        'auth',
        key === undefined ? 'No key.' : `Unknown key ${key.slice(0, 4)}….`,
        'Send the project’s ingest key: OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20<key>.',
      )
    case 'not_loaded':
      throw Refusal.retryLater('overload', 'The keys are not loaded yet.')
  }
}

/** The peer, or the client that a trusted proxy names. */
export function addressOf(req: Request, trustedProxies: readonly string[]): string {
  const peer = plain(req.socket.remoteAddress ?? '')
  if (!trustedProxies.includes(peer)) return peer
  const forwarded = String(req.headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)
    ?.trim()
  return forwarded === undefined || forwarded === '' ? peer : plain(forwarded)
}

/** `127.0.0.0/8` and `::1`, also in their mapped form. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)
}

function keyless(req: Request, address: string, config: Deps['config'], control: Control) {
  // A proxy on this machine makes the world look local, and a web page anywhere can post to loopback:
  // both show in the headers.
  const isForwarded = Object.keys(req.headers).some(isForwarding)
  const isFromPage = 'origin' in req.headers
  const isOpen =
    config.openIngest === 'loopback' && isLoopback(address) && !isForwarded && !isFromPage
  return isOpen ? control.keyless() : ({ outcome: 'unknown' } as const)
}

function isForwarding(name: string): boolean {
  return name === 'forwarded' || name === 'x-real-ip' || name.startsWith('x-forwarded-')
}

function keyOf(req: Request, query: URLSearchParams): string | undefined {
  const bearer = bearerOf(req)
  const header = req.headers['x-aftermath-key']
  return (
    bearer ??
    (typeof header === 'string' ? header.trim() : undefined) ??
    query.get('key') ??
    undefined
  )
}

function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
