import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Encoding as AnswerType } from '@aftermath/otlp/answer'
import type { SignalKind } from '@aftermath/otlp/check'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Control } from '../control/control.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Attempts } from './attempts.ts'
import { allowOrigins, answerPreflight } from './cors.ts'
import { receiveLimits } from './limits.ts'
import { acceptOtlp, answerTypeOf, sendRefusal, sendSuccess, type Accepted } from './otlp.ts'
import { Refusal } from './refusal.ts'
import { addressOf, senderOf, type Sender } from './sender.ts'

export { openAttempts, type Attempts } from './attempts.ts'
export { addressOf, isLoopback } from './sender.ts'

/**
 * What senders talk to, in front of everything else on both ports.
 *
 * Invariant: success is answered only after the journal holds every accepted byte on disk. What goes
 * wrong before that is a 4xx when sending again cannot help, else 503: SDKs drop their data on 500.
 */
export interface Receiver {
  /** Answers an ingest request. @returns false when the path is none of ours */
  handle(req: IncomingMessage, res: ServerResponse): boolean
  /** Answers what nobody else on the ingest port did, so that a misled exporter shows up. */
  handleUnknown(req: IncomingMessage, res: ServerResponse): void
  /** From now on 503: the program is about to end. */
  close(): void
}

const ROUTES: ReadonlyMap<string, SignalKind> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
])

type Deps = {
  config: Pick<Config, 'openIngest' | 'trustedProxies'>
  control: Control
  journal: Journal
  attempts: Attempts
  metrics: Metrics
  log: Logger
  now: () => number
}

export function openReceiver(deps: Deps): Receiver {
  const { config, control, attempts, metrics, log, now } = deps
  const accepting = { ...deps, inFlight: { bytes: 0 } }
  let closed = false

  async function serve(req: IncomingMessage, res: ServerResponse, kind: SignalKind, url: URL) {
    let type: AnswerType = 'json'
    let sender: Sender | undefined
    try {
      allowOrigins(req, res)
      if (req.method === 'OPTIONS') return answerPreflight(res)
      if (req.method !== 'POST') throw wrongMethod(req.method ?? '')
      type = answerTypeOf(req)
      if (closed) throw stopping()
      sender = senderOf(req, url.searchParams, { config, control })
      const accepted = await acceptOtlp(req, kind, type, sender, accepting)
      sendSuccess(res, kind, type, accepted)
      noteAccepted(kind, sender, accepted)
    } catch (error) {
      if (res.destroyed || req.errored !== null) return noteHangUp(kind)
      const refusal = error instanceof Refusal ? error : unexpected(error)
      endUnread(req)
      sendRefusal(res, type, refusal)
      noteRefused(
        kind,
        refusal,
        sender?.project.slug ?? 'default',
        addressOf(req, config.trustedProxies),
      )
    }
  }

  function unexpected(error: unknown): Refusal {
    log.error({ err: error }, 'An ingest request failed')
    return new Refusal(503, 'overload', 'Something failed here.', 'Nothing: the SDK tries again.', {
      retryAfterSeconds: receiveLimits.retryAfterSeconds,
    })
  }

  function noteAccepted(kind: SignalKind, sender: Sender, { checked, hint }: Accepted) {
    const rejectedItems = checked.rejected?.items ?? 0
    metrics.ingestRequests.inc({ protocol: 'http', signal: kind, outcome: 'accepted' })
    metrics.ingestItems.inc({ signal: kind, outcome: 'accepted' }, checked.items)
    if (rejectedItems > 0) {
      metrics.ingestRejectedItems.inc({ signal: kind, reason: 'partial' }, rejectedItems)
    }
    attempts.record(sender.project.slug, {
      at: new Date(now()).toISOString(),
      what: kind,
      outcome: 'accepted',
      status: 200,
      reason: null,
      detail: checked.rejected?.message ?? hint ?? '',
      fix: null,
      items: checked.items,
      rejectedItems,
      service: checked.firstResource.service ?? null,
      version: checked.firstResource.version ?? null,
      environment: checked.firstResource.environment ?? null,
      sender: sender.address,
    })
  }

  function noteRefused(what: string, refusal: Refusal, project: string, address: string) {
    const signal = ROUTES.has(`/v1/${what}`) ? what : 'other'
    metrics.ingestRequests.inc({ protocol: 'http', signal, outcome: 'refused' })
    metrics.ingestRejectedItems.inc({ signal, reason: refusal.reason })
    attempts.record(project, {
      at: new Date(now()).toISOString(),
      what,
      outcome: 'refused',
      status: refusal.status,
      reason: refusal.reason,
      detail: refusal.message,
      fix: refusal.fix,
      items: 0,
      rejectedItems: 0,
      service: null,
      version: null,
      environment: null,
      sender: address,
    })
  }

  function noteHangUp(kind: SignalKind) {
    metrics.ingestRequests.inc({ protocol: 'http', signal: kind, outcome: 'hung_up' })
  }

  return {
    handle(req, res) {
      const url = new URL(req.url ?? '/', 'http://ingest')
      const kind = ROUTES.get(url.pathname.replace(/\/$/, ''))
      if (kind === undefined) return false
      void serve(req, res, kind, url)
      return true
    },
    handleUnknown(req, res) {
      const path = (req.url ?? '/').split('?')[0]!.slice(0, 100)
      const refusal = new Refusal(
        404,
        'path',
        `Nothing is taken in at ${req.method ?? ''} ${path}.`,
        'Give the SDK the bare address: OTEL_EXPORTER_OTLP_ENDPOINT=http://host:4318, it adds /v1/traces itself.',
      )
      endUnread(req)
      sendRefusal(res, 'json', refusal)
      noteRefused(path, refusal, 'default', addressOf(req, config.trustedProxies))
    },
    close() {
      closed = true
    },
  }
}

function wrongMethod(method: string): Refusal {
  return new Refusal(405, 'method', `${method} is not taken here.`, 'Send POST.', {
    headers: { allow: 'POST, OPTIONS' },
  })
}

function stopping(): Refusal {
  return new Refusal(503, 'overload', 'Aftermath is stopping.', 'Nothing: the SDK tries again.', {
    retryAfterSeconds: receiveLimits.retryAfterSeconds,
  })
}

const DRAIN_BYTES_MAX = 64 * 1024
const LINGER_MS = 2000

/**
 * Of a refused body little is read. The socket stays open for a moment, unread: closed at once, it
 * would cut the answer off before a sender that is still writing has seen it.
 */
function endUnread(req: IncomingMessage): void {
  if (req.readableEnded) return
  let drainedBytes = 0
  req.on('data', (chunk: Buffer) => {
    drainedBytes += chunk.length
    if (drainedBytes > DRAIN_BYTES_MAX) req.pause()
  })
  req.on('error', () => {}) // the sender went away, the refusal stands
  req.resume()
  setTimeout(() => {
    if (!req.complete) req.socket.destroy()
  }, LINGER_MS).unref()
}
