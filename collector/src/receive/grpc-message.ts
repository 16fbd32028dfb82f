import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Encoding } from './decompress.ts'
import { receiveLimits } from './limits.ts'
import { Refusal } from './refusal.ts'
import type { SlowBodies } from './slow-bodies.ts'

/** The one message of a unary call, as it was on the wire. */
export interface Message {
  body: Buffer
  encoding: Encoding
}

// A flag that says whether the message is compressed, then its length.
const PREFIX_BYTES = 5

/**
 * Reads the message of a unary call.
 *
 * @param hold told of each piece before it is kept; what it throws ends the reading
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * @throws Refusal as for a body of HTTP; 408 for a sender that hardly sends
 */
export async function readMessage(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  hold: (bytes: number) => void,
  slowBodies: SlowBodies,
): Promise<Message> {
  const encoding = encodingOf(headers)
  const framed = await readFramed(stream, hold, slowBodies)
  if (framed.length < PREFIX_BYTES) throw malformed('The call carries no message.')
  const body = framed.subarray(PREFIX_BYTES)
  const sizeBytes = framed.readUInt32BE(1)
  if (body.length < sizeBytes) throw malformed('The message is cut short.')
  if (body.length > sizeBytes) throw malformed('More than one message in a unary call.')
  const isCompressed = framed[0] === 1
  if (framed[0]! > 1) throw malformed('The message has an unknown flag.')
  if (isCompressed && encoding === 'identity') {
    throw malformed('The message is compressed, and grpc-encoding does not say how.')
  }
  return { body, encoding: isCompressed ? encoding : 'identity' }
}

const ENCODINGS: Record<string, Encoding> = {
  identity: 'identity',
  gzip: 'gzip',
  deflate: 'deflate',
}

function encodingOf(headers: IncomingHttpHeaders): Encoding {
  const name = String(headers['grpc-encoding'] ?? 'identity').toLowerCase()
  const encoding = ENCODINGS[name]
  if (encoding !== undefined) return encoding
  throw new Refusal(
    415,
    'encoding',
    `grpc-encoding ${name.slice(0, 100)} is not supported.`,
    'Compress with gzip: OTEL_EXPORTER_OTLP_COMPRESSION=gzip.',
    { headers: { 'grpc-accept-encoding': 'identity,deflate,gzip' } },
  )
}

/** Everything the call carries, never more than one message may have. */
function readFramed(
  stream: ServerHttp2Stream,
  hold: (bytes: number) => void,
  slowBodies: SlowBodies,
): Promise<Buffer> {
  const { wireBytesMax } = receiveLimits
  const pieces: Buffer[] = []
  let sizeBytes = 0
  return new Promise<Buffer>((resolve, reject) => {
    const watched = slowBodies.watch(() => settle(() => reject(Refusal.tooSlow())))

    function settle(tell: () => void): void {
      watched[Symbol.dispose]()
      stream.off('data', onData).off('end', onEnd).off('aborted', onLost).off('close', onLost)
      tell()
    }
    function onData(piece: Buffer): void {
      try {
        hold(piece.length)
        sizeBytes += piece.length
        watched.bytes += piece.length
        pieces.push(piece)
        if (sizeBytes > wireBytesMax + PREFIX_BYTES || announces(pieces, wireBytesMax)) {
          throw Refusal.tooLarge()
        }
      } catch (error) {
        settle(() => reject(error))
      }
    }
    function onEnd(): void {
      settle(() => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, sizeBytes)))
    }
    function onLost(): void {
      settle(() => reject(new Error('The sender went away')))
    }
    stream.on('data', onData).on('end', onEnd).on('aborted', onLost).on('close', onLost)
  })
}

/** Whether the prefix, usually all in the first chunk, announces more than `bytesMax`. */
function announces([first]: readonly Buffer[], bytesMax: number): boolean {
  return first !== undefined && first.length >= PREFIX_BYTES && first.readUInt32BE(1) > bytesMax
}

function malformed(message: string): Refusal {
  return new Refusal(
    400,
    'malformed',
    message,
    'Nothing was stored; check the exporter’s protocol and version.',
    { violation: { field: '', description: message } },
  )
}
