import {
  connect,
  constants,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { deflateSync, gzipSync } from 'node:zlib'
import type { Mutant } from '../../packages/otlp/test/mutants.ts'
import { METHODS } from '../harness/grpc.ts'
import type { Choose } from './fuzz-http.ts'

export interface GrpcFuzzer extends Disposable {
  /** @returns the status of gRPC, `HTTP` with a status of HTTP, or `lost` */
  send(mutant: Mutant, choose: Choose): Promise<string>
}

/** Calls on a few sessions, as a client would make them or with something wrong about them. */
export function grpcFuzzer(address: string, key: string): GrpcFuzzer {
  const sessions: (ClientHttp2Session | undefined)[] = [undefined, undefined, undefined, undefined]

  function sessionAt(index: number): ClientHttp2Session {
    const known = sessions[index]
    if (known !== undefined && !known.closed && !known.destroyed) return known
    const session = connect(`http://${address}`)
    session.on('error', () => {}) // the next call opens another
    session.on('goaway', () => session.close())
    sessions[index] = session
    return session
  }

  return {
    send({ kind, bytes }, choose) {
      const headers: OutgoingHttpHeaders = {
        ':method': 'POST',
        ':path': METHODS[kind],
        'content-type': 'application/grpc',
        te: 'trailers',
        authorization: `Bearer ${key}`,
      }
      let body = framed(bytes, 0)
      const how = choose(10)
      if (how < 3) body = compressed(bytes, headers, choose)
      else if (how === 3) body = badlyFramed(bytes, choose)
      else if (how === 4 && choose(2) === 0) spoil(headers, choose)
      return call(sessionAt(choose(sessions.length)), headers, body, how === 5 && choose(20) === 0)
    },
    [Symbol.dispose]() {
      for (const session of sessions) session?.destroy()
    },
  }
}

function framed(message: Uint8Array, flag: number, sizeBytes = message.length): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0])
  prefix.writeUInt32BE(sizeBytes, 1)
  return Buffer.concat([prefix, message])
}

function compressed(bytes: Uint8Array, headers: OutgoingHttpHeaders, choose: Choose): Buffer {
  const isGzip = choose(2) === 0
  const packed = isGzip ? gzipSync(bytes, { level: 1 }) : deflateSync(bytes, { level: 1 })
  headers['grpc-encoding'] = choose(20) === 0 ? 'snappy' : isGzip ? 'gzip' : 'deflate'
  if (choose(6) === 0) packed[choose(packed.length)]! ^= 1 << choose(8)
  return framed(packed, choose(20) === 0 ? 0 : 1)
}

function badlyFramed(bytes: Uint8Array, choose: Choose): Buffer {
  switch (choose(5)) {
    case 0:
      return framed(bytes, choose(256))
    case 1:
      return framed(bytes, 0, choose(2 ** 32))
    case 2:
      return Buffer.concat([framed(bytes, 0), framed(bytes, 0)])
    case 3:
      return framed(bytes, 0).subarray(0, choose(bytes.length + 5))
    default:
      return Buffer.from(bytes)
  }
}

const PATHS = [
  '/',
  '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export',
  '/grpc.health.v1.Health/Check',
  '/a/b',
]

function spoil(headers: OutgoingHttpHeaders, choose: Choose): void {
  switch (choose(6)) {
    case 0:
      headers[':path'] = PATHS[choose(PATHS.length)]
      return
    case 1:
      headers['content-type'] = 'application/json'
      return
    case 2:
      delete headers['authorization']
      return
    case 3:
      headers['authorization'] = 'Bearer wrong'
      return
    case 4:
      headers['x-large'] = 'x'.repeat(20_000)
      return
    default:
      headers[':method'] = 'GET'
  }
}

function call(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: Uint8Array,
  isCancelled: boolean,
): Promise<string> {
  return new Promise((resolve) => {
    let status = 'lost'
    const note = (found: IncomingHttpHeaders & IncomingHttpStatusHeader) => {
      const code = found['grpc-status']
      if (typeof code === 'string') status = code
      else if ((found[':status'] ?? 200) !== 200) status = `HTTP ${found[':status']}`
    }
    const stream = session.request(headers)
    stream.on('response', note).on('trailers', note)
    stream.on('error', () => {}) // shows as lost
    stream.on('close', () => {
      if (stream.rstCode === constants.NGHTTP2_ENHANCE_YOUR_CALM) status = 'calm'
      resolve(isCancelled ? 'cancelled' : status)
    })
    stream.resume()
    if (isCancelled) {
      stream.write(body.subarray(0, 3))
      stream.close(constants.NGHTTP2_CANCEL)
    } else stream.end(body)
  })
}
