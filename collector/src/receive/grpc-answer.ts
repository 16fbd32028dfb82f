import { constants, type ServerHttp2Stream } from 'node:http2'
import { statusAnswer, STATUS_CODE, type StatusCode } from '@aftermath/otlp/answer'
import { jittered, rpcCodeOf, type Refusal } from './refusal.ts'

const HEADERS = { ':status': 200, 'content-type': 'application/grpc' }

/** Ends a call with one message and the status OK. */
export function answerCall(stream: ServerHttp2Stream, message: Uint8Array): void {
  beginAnswer(stream)
  stream.end(frame(message))
}

/** Begins a successful answer; ending the stream ends it. */
export function beginAnswer(stream: ServerHttp2Stream): void {
  stream.respond(HEADERS, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
}

/** Ends a call without a message, whether or not all of its request was read. */
export function refuseCall(stream: ServerHttp2Stream, refusal: Refusal): void {
  const code = grpcCodeOf(refusal.status)
  const message = `${refusal.message} ${refusal.fix}`
  const details = statusAnswer('protobuf', {
    code,
    message,
    ...(refusal.violation !== undefined && { violation: refusal.violation }),
    ...(refusal.retryAfterMs !== undefined && {
      retryAfterMs: Math.round(jittered(refusal.retryAfterMs)),
    }),
  })
  endCall(stream, {
    ...refusal.headers,
    'grpc-status': String(code),
    'grpc-message': percentEncoded(message.slice(0, MESSAGE_CHARACTERS_MAX)),
    'grpc-status-details-bin': Buffer.from(details).toString('base64'),
  })
}

/** An answer of trailers alone. The rest of the request is not waited for. */
export function endCall(stream: ServerHttp2Stream, trailers: Record<string, string>): void {
  if (stream.destroyed || stream.headersSent) return
  stream.respond({ ...HEADERS, ...trailers }, { endStream: true })
  stream.resume()
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
}

/** A message behind its prefix: not compressed, and how long. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, 5)
  return framed
}

/** Clients take about 8 KiB of trailers; the details hold the message in full. */
const MESSAGE_CHARACTERS_MAX = 500

/** gRPC has codes of its own where OTLP over HTTP says it by the status. */
function grpcCodeOf(status: number): StatusCode {
  if (status === 415) return STATUS_CODE.unimplemented
  return status === 408 ? STATUS_CODE.deadlineExceeded : rpcCodeOf(status)
}

function percentEncoded(text: string): string {
  return text.toWellFormed().replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent)
}
