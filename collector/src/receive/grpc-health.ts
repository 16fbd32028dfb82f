import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { varintField } from '@aftermath/otlp/varint'
import { answerCall, beginAnswer, endCall, frame, refuseCall } from './grpc-answer.ts'
import { readMessage } from './grpc-message.ts'
import { receiveLimits } from './limits.ts'
import { Refusal } from './refusal.ts'
import { watchSlowBodies } from './slow-bodies.ts'

const SERVICE = '/grpc.health.v1.Health/'
const NOT_FOUND = '5'
const SERVING = 1
const NOT_SERVING = 2
const WATCH_MS = 1000

/**
 * `grpc.health.v1.Health` for the port as a whole: serving while a request would be accepted.
 */
export interface HealthCalls {
  /** @returns false when the call is none of its own */
  handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean
  /** Ends what watches, which would hold the port open. */
  close(): void
}

export function openHealthCalls(isReady: () => boolean): HealthCalls {
  const slowBodies = watchSlowBodies(receiveLimits)
  const watching = new Set<ServerHttp2Stream>()
  const current = () => (isReady() ? SERVING : NOT_SERVING)

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, isWatch: boolean) {
    try {
      const { body } = await readMessage(stream, headers, holdLittle(), slowBodies)
      // Field 1 names a service; only the empty name, the server itself, is known.
      if (body.length > 2) return endCall(stream, { 'grpc-status': NOT_FOUND })
      if (isWatch) watch(stream)
      else answerCall(stream, varintField(1, BigInt(current())))
    } catch (error) {
      if (error instanceof Refusal) refuseCall(stream, error)
      else stream.close()
    }
  }

  function watch(stream: ServerHttp2Stream) {
    let last = 0
    const tell = () => {
      const status = current()
      if (status !== last) stream.write(frame(varintField(1, BigInt(status))))
      last = status
    }
    beginAnswer(stream)
    tell()
    watching.add(stream)
    const timer = setInterval(tell, WATCH_MS)
    stream.once('close', () => {
      clearInterval(timer)
      watching.delete(stream)
    })
  }

  return {
    handle(stream, headers) {
      const path = headers[':path'] ?? ''
      if (path !== `${SERVICE}Check` && path !== `${SERVICE}Watch`) return false
      void serve(stream, headers, path.endsWith('Watch'))
      return true
    },
    close() {
      for (const stream of watching) stream.end()
      slowBodies[Symbol.dispose]()
    },
  }
}

/** A question is a name. */
const QUESTION_BYTES_MAX = 4096

function holdLittle(): (bytes: number) => void {
  let held = 0
  return (bytes) => {
    held += bytes
    if (held > QUESTION_BYTES_MAX) throw Refusal.tooLarge()
  }
}
