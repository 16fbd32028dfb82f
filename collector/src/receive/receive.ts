import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Encoding as AnswerType } from '@aftermath/otlp/answer'
import type { SignalKind } from '@aftermath/otlp/check'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Control } from '../control/control.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Attempts } from './attempts.ts'
import { allowOrigins, answerPreflight } from './cors.ts'
import { openGrpcReceiver } from './grpc.ts'
import { acceptOtlp, answerTypeOf, sendRefusal, sendSuccess } from './otlp.ts'
import { recordOutcomes } from './record-outcome.ts'
import { Refusal } from './refusal.ts'
import { addressOf, senderOf, type Sender } from './sender.ts'

export { openAttempts, type Attempts } from './attempts.ts'
export { openHealthCalls } from './grpc-health.ts'
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
  /** Answers one gRPC call. @returns false when the service is none of ours */
  handleCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean
  /** Notes a connection to the gRPC port that does not speak HTTP/2. */
  handleNoGrpc(remoteAddress: string | undefined): void
  /** Answers what nobody else on the gRPC port did. */
  handleUnknownCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void
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
  const { config, control, log } = deps
  const accepting = { ...deps, inFlight: { bytes: 0 } }
  const outcomes = recordOutcomes('http', deps)
  let closed = false
  const grpc = openGrpcReceiver({ ...accepting, isClosed: () => closed })

  async function serve(req: IncomingMessage, res: ServerResponse, kind: SignalKind, url: URL) {
    let type: AnswerType = 'json'
    let sender: Sender | undefined
    try {
      allowOrigins(req, res)
      if (req.method === 'OPTIONS') return answerPreflight(res)
      if (req.method !== 'POST') throw wrongMethod(req.method ?? '')
      type = answerTypeOf(req)
      if (closed) throw Refusal.stopping()
      sender = senderOf(req, url.searchParams, { config, control })
      const accepted = await acceptOtlp(req, kind, type, sender, accepting)
      sendSuccess(res, kind, type, accepted)
      outcomes.accepted(kind, sender, accepted)
    } catch (error) {
      if (res.destroyed || req.errored !== null) return outcomes.hungUp(kind)
      const refusal = error instanceof Refusal ? error : Refusal.unexpected(error, log)
      endUnread(req)
      sendRefusal(res, type, refusal)
      outcomes.refused(kind, refusal, {
        project: sender?.project.slug ?? 'default',
        address: addressOf(req, config.trustedProxies),
      })
    }
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
      const address = addressOf(req, config.trustedProxies)
      outcomes.refused(path, refusal, { project: 'default', address })
    },
    ...grpc,
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
