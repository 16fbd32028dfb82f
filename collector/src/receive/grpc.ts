import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { successAnswer } from '@aftermath/otlp/answer'
import type { SignalKind } from '@aftermath/otlp/check'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Control } from '../control/control.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Attempts } from './attempts.ts'
import { answerCall, refuseCall } from './grpc-answer.ts'
import { readMessage } from './grpc-message.ts'
import type { Intake } from './intake.ts'
import { partialSuccessOf } from './otlp-answer.ts'
import { recordOutcomes } from './record-outcome.ts'
import { Refusal } from './refusal.ts'
import { addressOf, senderOf, type Sender } from './sender.ts'
import type { SlowBodies } from './slow-bodies.ts'

const METHODS: ReadonlyMap<string, SignalKind> = new Map([
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'traces'],
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'],
  ['/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'],
])

type Deps = {
  intake: Intake
  slowBodies: SlowBodies
  config: Pick<Config, 'openIngest' | 'trustedProxies'>
  control: Control
  attempts: Attempts
  metrics: Metrics
  log: Logger
  now: () => number
}

/**
 * OTLP over gRPC: framing and status codes here, from the message's bytes on the way of HTTP.
 *
 * Plain HTTP/2 instead of a gRPC library: the message stays as it was on the wire until the one
 * place that inflates with limits, and a call can be refused from its headers alone.
 */
export function openGrpcReceiver(deps: Deps) {
  const { config, control, intake, slowBodies, log } = deps
  const outcomes = recordOutcomes('grpc', deps)

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, kind: SignalKind) {
    const request = { headers, socket: { remoteAddress: stream.session?.socket.remoteAddress } }
    let sender: Sender | undefined
    try {
      sender = senderOf(request, NO_QUERY, { config, control })
      using admission = intake.admit(sender, kind, undefined)
      const message = await readMessage(stream, headers, admission.hold, slowBodies)
      const kept = await admission.accept({ ...message, type: 'protobuf', answer: stream })
      answerCall(stream, successAnswer(kind, 'protobuf', partialSuccessOf(kept)))
      outcomes.accepted(kind, sender, kept)
    } catch (error) {
      if (stream.destroyed || stream.aborted) return outcomes.hungUp(kind)
      const refusal = error instanceof Refusal ? error : Refusal.unexpected(error, log)
      refuseCall(stream, refusal)
      outcomes.refused(kind, refusal, {
        project: sender?.project.slug ?? 'default',
        address: addressOf(request, config.trustedProxies),
      })
    }
  }

  return {
    handleCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
      const kind = METHODS.get(headers[':path'] ?? '')
      if (kind === undefined) return false
      void serve(stream, headers, kind)
      return true
    },
    handleNoGrpc(remoteAddress: string | undefined): void {
      const address = addressOf({ headers: {}, socket: { remoteAddress } }, config.trustedProxies)
      outcomes.refused('HTTP/1', noGrpc(), { project: 'default', address })
    },
    handleUnknownCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
      const path = (headers[':path'] ?? '').split('?')[0]!.slice(0, 100)
      const refusal = unknownMethod(path)
      refuseCall(stream, refusal)
      const request = { headers, socket: { remoteAddress: stream.session?.socket.remoteAddress } }
      const address = addressOf(request, config.trustedProxies)
      outcomes.refused(path, refusal, { project: 'default', address })
    },
  }
}

/** gRPC has no query: a key comes as metadata. */
const NO_QUERY = new URLSearchParams()

function noGrpc(): Refusal {
  return new Refusal(
    400,
    'path',
    'The gRPC port got something else than gRPC.',
    'Send to the port of OTLP/HTTP, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.',
  )
}

function unknownMethod(path: string): Refusal {
  return new Refusal(
    404,
    'path',
    `Nothing is taken in at ${path}.`,
    'Traces, logs and metrics are taken in; turn other signals off.',
  )
}
