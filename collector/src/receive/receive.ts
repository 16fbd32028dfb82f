import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Encoding as BodyType } from '@aftermath/otlp/answer'
import type { SignalKind } from '@aftermath/otlp/check'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Control } from '../control/control.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Pressure } from '../pressure.ts'
import type { Attempts } from './attempts.ts'
import { readBody } from './body.ts'
import { allowOrigins, answerPreflight } from './cors.ts'
import { encodingOf } from './decompress.ts'
import { endUnread } from './end-unread.ts'
import { openGrpcReceiver } from './grpc.ts'
import { openIntake } from './intake.ts'
import { receiveLimits, type ReceiveLimits } from './limits.ts'
import { bodyTypeOf, sendRefusal, sendSuccess } from './otlp-answer.ts'
import { recordOutcomes } from './record-outcome.ts'
import { Refusal } from './refusal.ts'
import { addressOf, senderOf, type Sender } from './sender.ts'
import { watchSlowBodies } from './slow-bodies.ts'

export { openAttempts, type Attempts } from './attempts.ts'
export { openHealthCalls } from './grpc-health.ts'
export { addressOf, isLoopback } from './sender.ts'

/**
 * What senders talk to, in front of everything else on both ports.
 *
 * Invariant: success is answered only after the journal holds every accepted byte on disk. What goes
 * wrong before that is a 4xx when sending again cannot help, else 503: SDKs drop their data on 500.
 */
export interface Receiver extends AsyncDisposable {
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
  ['/v1/traces/', 'traces'],
  ['/v1/logs/', 'logs'],
  ['/v1/metrics/', 'metrics'],
])

type Deps = {
  config: Pick<Config, 'openIngest' | 'trustedProxies'>
  control: Control
  journal: Journal
  pressure: Pick<Pressure, 'sheds'>
  attempts: Attempts
  metrics: Metrics
  log: Logger
  now: () => number
  limits?: Partial<ReceiveLimits>
}

export function openReceiver(deps: Deps): Receiver {
  const { config, log } = deps
  const limits = { ...receiveLimits, ...deps.limits }
  const intake = openIntake({ ...deps, limits })
  const slowBodies = watchSlowBodies(limits)
  const outcomes = recordOutcomes('http', deps)
  const grpc = openGrpcReceiver({ ...deps, intake, slowBodies })

  async function serve(req: IncomingMessage, res: ServerResponse, kind: SignalKind, query: string) {
    let type: BodyType = 'json'
    let sender: Sender | undefined
    try {
      allowOrigins(req, res)
      if (req.method === 'OPTIONS') return answerPreflight(res)
      if (req.method !== 'POST') throw wrongMethod(req.method ?? '')
      type = bodyTypeOf(req)
      const encoding = encodingOf(req.headers['content-encoding'])
      sender = senderOf(req, query === '' ? NO_QUERY : new URLSearchParams(query), deps)
      using admission = intake.admit(sender, kind, announcedBytes(req))
      if (req.headers.expect !== undefined) res.writeContinue()
      const body = await readBody(req, admission.hold, slowBodies)
      const kept = await admission.accept({ body, encoding, type, answer: res })
      sendSuccess(res, kind, type, kept)
      outcomes.accepted(kind, sender, kept)
    } catch (error) {
      if (res.destroyed || req.errored !== null) return outcomes.hungUp(kind)
      const refusal = error instanceof Refusal ? error : Refusal.unexpected(error, log)
      endUnread(req, limits)
      sendRefusal(res, type, refusal)
      outcomes.refused(kind, refusal, {
        project: sender?.project.slug ?? 'default',
        address: addressOf(req, config.trustedProxies),
      })
    }
  }

  return {
    handle(req, res) {
      const url = req.url ?? '/'
      const mark = url.indexOf('?')
      const kind = ROUTES.get(mark < 0 ? url : url.slice(0, mark))
      if (kind === undefined) return false
      void serve(req, res, kind, mark < 0 ? '' : url.slice(mark + 1))
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
      endUnread(req, limits)
      sendRefusal(res, 'json', refusal)
      const address = addressOf(req, config.trustedProxies)
      outcomes.refused(path, refusal, { project: 'default', address })
    },
    ...grpc,
    close: () => intake.close(),
    async [Symbol.asyncDispose]() {
      slowBodies[Symbol.dispose]()
      await intake[Symbol.asyncDispose]()
    },
  }
}

const NO_QUERY = new URLSearchParams()

/** @returns undefined where it names none, or one that is no number */
function announcedBytes(req: IncomingMessage): number | undefined {
  const bytes = Number(req.headers['content-length'])
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

function wrongMethod(method: string): Refusal {
  return new Refusal(405, 'method', `${method} is not taken here.`, 'Send POST.', {
    headers: { allow: 'POST, OPTIONS' },
  })
}
