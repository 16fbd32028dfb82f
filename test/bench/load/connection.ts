import {
  constants,
  connect as connectHttp2,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
} from 'node:http2'
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import type { LoadPlan } from './load-plan.ts'

/** `status` as HTTP has it, also of gRPC; 0: the connection ended before the answer. */
export interface Answer {
  status: number
  retryAfterMs: number
  /** What it says beside success; '' when all was taken. */
  text: string
}

/** One request at a time. */
export interface Connection {
  send: (kind: 'traces' | 'logs' | 'metrics', body: Buffer) => Promise<Answer>
  close: () => void
}

export const openConnection = (plan: LoadPlan): Connection =>
  plan.protocol === 'http' ? openHttp(plan) : openGrpc(plan)

const NO_ANSWER: Answer = { status: 0, retryAfterMs: 0, text: 'no answer' }
const HEAD_END = '\r\n\r\n'

/** HTTP/1.1 on a bare socket: a client of Node's own costs more than what it measures. */
function openHttp({ url, encoding }: LoadPlan): Connection {
  const { hostname, port } = new URL(url)
  let socket: Socket | undefined
  let received = ''
  let answered: ((answer: Answer) => void) | undefined
  const contentEncoding = encoding === 'identity' ? '' : `Content-Encoding: ${encoding}\r\n`

  function openSocket(): Socket {
    const opened = connect({ host: hostname, port: Number(port), noDelay: true })
    opened.setEncoding('latin1')
    opened.on('data', (text: string) => {
      received += text
      const answer = readAnswer(received)
      if (answer === undefined) return
      received = ''
      finish(answer)
    })
    opened.on('error', () => {}) // close follows
    opened.on('close', () => {
      if (socket !== opened) return
      socket = undefined
      received = ''
      finish(NO_ANSWER)
    })
    return opened
  }

  function finish(answer: Answer): void {
    const resolve = answered
    answered = undefined
    resolve?.(answer)
  }

  return {
    send(kind, body) {
      socket ??= openSocket()
      const { promise, resolve } = Promise.withResolvers<Answer>()
      answered = resolve
      socket.cork()
      socket.write(
        `POST /v1/${kind} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/x-protobuf\r\n${contentEncoding}Content-Length: ${body.length}${HEAD_END}`,
      )
      socket.write(body)
      socket.uncork()
      return promise
    },
    close() {
      const last = socket
      socket = undefined
      last?.destroy()
      finish(NO_ANSWER)
    },
  }
}

/** @returns undefined while something is missing */
function readAnswer(received: string): Answer | undefined {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd === -1) return undefined
  const head = received.slice(0, headEnd).toLowerCase()
  const text = readBody(head, received.slice(headEnd + HEAD_END.length))
  if (text === undefined) return undefined
  const seconds = Number(/\r\nretry-after: *(\d+)/.exec(head)?.[1] ?? 1)
  return { status: Number(head.slice(9, 12)), retryAfterMs: seconds * 1000, text }
}

function readBody(head: string, rest: string): string | undefined {
  if (!head.includes('\r\ntransfer-encoding: chunked')) {
    const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0)
    return rest.length < length ? undefined : rest
  }
  let text = ''
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const length = Number.parseInt(rest.slice(at, lineEnd), 16)
    at = lineEnd + 2 + length + 2
    if (rest.length < at) return undefined
    if (length === 0) return text
    text += rest.slice(lineEnd + 2, at - 2)
  }
}

const GRPC_PATHS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
}
const GrpcHeaders = z.object({
  'grpc-status': z.string().optional(),
  'grpc-message': z.string().optional(),
})
const GRPC_OK = '0'
const GRPC_RETRYABLE = new Set(['8', '14']) // resource exhausted, unavailable

/** gRPC's frames on HTTP/2, one call at a time. */
function openGrpc({ url, encoding }: LoadPlan): Connection {
  let session: ClientHttp2Session | undefined
  return {
    send(kind, body) {
      session ??= openSession(url, () => (session = undefined))
      const { promise, resolve } = Promise.withResolvers<Answer>()
      const call = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: GRPC_PATHS[kind],
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(encoding === 'gzip' && { 'grpc-encoding': 'gzip' }),
      })
      let status: string | undefined
      let text = ''
      const read = (headers: IncomingHttpHeaders) => {
        const said = GrpcHeaders.parse(headers)
        status = said['grpc-status'] ?? status
        text = decodeURIComponent(said['grpc-message'] ?? text)
      }
      let answerBytes = 0
      call.on('response', read)
      call.on('trailers', read)
      call.on('data', (chunk: Buffer) => (answerBytes += chunk.length))
      call.on('error', () => {}) // close follows
      call.on('close', () => {
        if (status === undefined) return resolve(NO_ANSWER)
        if (status === GRPC_OK) {
          // Five bytes frame an empty message; more would leave items out and say which.
          return resolve({ status: 200, retryAfterMs: 0, text: answerBytes > 5 ? 'partial' : '' })
        }
        resolve({ status: GRPC_RETRYABLE.has(status) ? 503 : 400, retryAfterMs: 1000, text })
      })
      const frameHead = Buffer.alloc(5)
      frameHead[0] = encoding === 'gzip' ? 1 : 0
      frameHead.writeUInt32BE(body.length, 1)
      call.write(frameHead)
      call.end(body)
      return promise
    },
    close: () => session?.destroy(),
  }
}

function openSession(url: string, onClose: () => void): ClientHttp2Session {
  const session = connectHttp2(url)
  session.on('error', () => {}) // close follows
  session.on('close', onClose)
  return session
}
