import { once } from 'node:events'
import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Config } from '../config.ts'
import type { Metrics } from '../observe/metrics.ts'
import { openHealthCalls, type Receiver } from '../receive/receive.ts'
import { bind, boundPort, hostOf, readTls } from './port.ts'

type Deps = {
  config: Config
  receiver: Receiver
  metrics: Pick<Metrics, 'openSockets'>
  /** Whether a request would be accepted. */
  isReady: () => boolean
}

const KiB = 1024

// A session that resets more streams than this in a second ends (CVE-2023-44487).
const RESETS_PER_SECOND_MAX = 100

const SESSION_OPTIONS = {
  settings: {
    maxConcurrentStreams: 100,
    // Beyond it Node ends the call by ENHANCE_YOUR_CALM, which clients read as RESOURCE_EXHAUSTED.
    maxHeaderListSize: 16 * KiB,
    // The default, 64 KiB, would make a sender far away wait for us all the time.
    initialWindowSize: 1024 * KiB,
    enablePush: false,
  },
  streamResetBurst: RESETS_PER_SECOND_MAX,
  streamResetRate: RESETS_PER_SECOND_MAX,
}

/** Of all streams of a session. */
const SESSION_WINDOW_BYTES = 4096 * KiB
/** Until then a session has said hello. */
const PREFACE_MS = 10_000
const IDLE_MS = 65_000
const CLOSE_MS = 10_000

export interface GrpcPort extends AsyncDisposable {
  /** `host:port`, as gRPC names targets. */
  readonly address: string
  /** As exporters take it. */
  readonly url: string
}

/** The port for OTLP/gRPC. A session that ends on our side is told by GOAWAY: its sender goes on with another. */
export async function listenGrpc({ config, receiver, metrics, isReady }: Deps): Promise<GrpcPort> {
  const health = openHealthCalls(isReady)
  const sessions = new Set<ServerHttp2Session>()
  const server =
    config.tls === undefined
      ? createServer(SESSION_OPTIONS)
      : createSecureServer({ ...SESSION_OPTIONS, ...(await readTls(config.tls)) })
  boundPort(server, { config, metrics, name: 'grpc' })
  server.on('session', (session) => {
    sessions.add(session)
    const { remoteAddress } = session.socket
    session.setLocalWindowSize(SESSION_WINDOW_BYTES)
    session.setTimeout(PREFACE_MS)
    session.once('remoteSettings', () => session.setTimeout(IDLE_MS))
    session.on('timeout', () => (session.closed ? session.destroy() : session.close()))
    session.on('error', (error: NodeJS.ErrnoException & { errno?: number }) => {
      if (error.errno === BAD_CLIENT_MAGIC) receiver.handleNoGrpc(remoteAddress)
    })
    session.once('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {}) // the sender reset it or went away: noted where it is answered
    answer(stream, headers)
  })

  function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (
      headers[':method'] !== 'POST' ||
      !/^application\/grpc(?:\+proto)?(?:;|$)/i.test(headers['content-type'] ?? '')
    ) {
      // As the protocol has it: what is no gRPC gets an answer of HTTP.
      return stream.respond(
        { ':status': constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE },
        { endStream: true },
      )
    }
    if (receiver.handleCall(stream, headers) || health.handle(stream, headers)) return
    receiver.handleUnknownCall(stream, headers)
  }

  const { port } = await bind(server, config, config.grpcPort, 'AFTERMATH_GRPC_PORT')
  const address = `${hostOf(config)}:${port}`
  return {
    address,
    url: `${config.tls === undefined ? 'http' : 'https'}://${address}`,
    async [Symbol.asyncDispose]() {
      receiver.close()
      const closed = once(server, 'close')
      server.close()
      health.close()
      for (const session of sessions) session.close()
      const impatient = setTimeout(() => {
        for (const session of sessions) session.destroy()
      }, CLOSE_MS)
      await closed
      clearTimeout(impatient)
    },
  }
}

/** NGHTTP2_ERR_BAD_CLIENT_MAGIC: the other side speaks HTTP/1 or nothing we know. */
const BAD_CLIENT_MAGIC = -903
