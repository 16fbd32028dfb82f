import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Encoding, InFlight } from './body.ts'
import { receiveLimits } from './limits.ts'
import { Refusal } from './refusal.ts'

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
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * @throws Refusal as for a body of HTTP; 408 for a sender that hardly sends
 */
export async function readMessage(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  inFlight: InFlight,
): Promise<Message> {
  const encoding = encodingOf(headers)
  const framed = await readFramed(stream, inFlight)
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
function readFramed(stream: ServerHttp2Stream, inFlight: InFlight): Promise<Buffer> {
  const { wireBytesMax, inFlightBytesMax, slowAfterMs, slowBytesPerMs, bodyMsMax } = receiveLimits
  const chunks: Buffer[] = []
  const startedMs = performance.now()
  let sizeBytes = 0
  let pace: NodeJS.Timeout | undefined

  return new Promise<Buffer>((resolve, reject) => {
    const onPace = () => {
      const elapsedMs = performance.now() - startedMs
      if (elapsedMs > bodyMsMax || sizeBytes < elapsedMs * slowBytesPerMs) reject(tooSlow())
      else pace = setTimeout(onPace, PACE_MS)
    }
    pace = setTimeout(onPace, slowAfterMs)
    stream.on('data', (chunk: Buffer) => {
      // A request that is larger than the bound goes alone.
      if (inFlight.bytes > 0 && inFlight.bytes + chunk.length > inFlightBytesMax) {
        return reject(Refusal.retryLater('overload', 'Too much is being sent at once.'))
      }
      sizeBytes += chunk.length
      inFlight.bytes += chunk.length
      chunks.push(chunk)
      if (sizeBytes > wireBytesMax + PREFIX_BYTES || announces(chunks, wireBytesMax)) {
        reject(Refusal.tooLarge())
      }
    })
    stream.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    stream.on('aborted', () => reject(new Error('The sender cancelled the call')))
    stream.on('error', reject)
    stream.on('close', () => reject(new Error('The sender went away')))
  }).finally(() => {
    clearTimeout(pace)
    inFlight.bytes -= sizeBytes
    stream.removeAllListeners('data')
  })
}

const PACE_MS = 1000

/** Whether the prefix, usually all in the first chunk, announces more than `bytesMax`. */
function announces([first]: readonly Buffer[], bytesMax: number): boolean {
  return first !== undefined && first.length >= PREFIX_BYTES && first.readUInt32BE(1) > bytesMax
}

function tooSlow(): Refusal {
  return new Refusal(
    408,
    'overload',
    'The message came too slowly.',
    'Nothing: the SDK tries again.',
  )
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
