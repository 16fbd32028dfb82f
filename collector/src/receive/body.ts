import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { receiveLimits } from './limits.ts'
import { Refusal } from './refusal.ts'

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'zstd' | 'br'

const ENCODINGS: Record<string, Encoding> = {
  '': 'identity',
  identity: 'identity',
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  zstd: 'zstd',
  br: 'br',
}

/** @throws Refusal 415 for more than one layer, or an encoding that is not known */
export function encodingOf(req: IncomingMessage): Encoding {
  const name = (req.headers['content-encoding'] ?? '').trim().toLowerCase()
  const encoding = ENCODINGS[name]
  if (encoding !== undefined) return encoding
  throw new Refusal(
    415,
    'encoding',
    `Content-Encoding ${name} is not supported.`,
    'Compress with gzip: OTEL_EXPORTER_OTLP_COMPRESSION=gzip.',
    { headers: { 'accept-encoding': 'gzip, deflate, zstd, br, identity' } },
  )
}

/** Bytes of all bodies that are held at the moment. */
export interface InFlight {
  bytes: number
}

/**
 * Reads a body, never more than the limit, whatever Content-Length says.
 *
 * @throws Refusal 413 beyond the limit, 503 when all bodies together are too much
 */
export async function readBody(req: IncomingMessage, inFlight: InFlight): Promise<Buffer> {
  const { wireBytesMax, inFlightBytesMax } = receiveLimits
  if (Number(req.headers['content-length'] ?? 0) > wireBytesMax) throw Refusal.tooLarge()

  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      // A request that is larger than the bound goes alone.
      if (inFlight.bytes > 0 && inFlight.bytes + chunk.length > inFlightBytesMax) {
        throw Refusal.retryLater('overload', 'Too much is being sent at once.')
      }
      sizeBytes += chunk.length
      inFlight.bytes += chunk.length
      if (sizeBytes > wireBytesMax) throw Refusal.tooLarge()
      chunks.push(chunk)
    }
  } finally {
    inFlight.bytes -= sizeBytes
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, sizeBytes)
}

const gunzip = promisify(zlib.gunzip)
const inflate = promisify(zlib.inflate)
const inflateRaw = promisify(zlib.inflateRaw)
const brotli = promisify(zlib.brotliDecompress)
const zstd = promisify(zlib.zstdDecompress)

/**
 * Undoes the one layer of compression. The cap holds while inflating: a bomb is stopped, not measured.
 *
 * @throws Refusal 413 beyond the size or the ratio, 400 for broken data
 */
export async function decompress(
  body: Buffer,
  encoding: Encoding,
  bytesMax: number,
): Promise<Buffer> {
  if (encoding === 'identity') {
    if (body.length > bytesMax) throw tooInflated(bytesMax)
    return body
  }
  const ratioBytesMax = Math.max(
    receiveLimits.inflateFreeBytes,
    body.length * receiveLimits.inflateRatioMax,
  )
  const maxOutputLength = Math.min(bytesMax, ratioBytesMax)
  try {
    return await undo(body, encoding, { maxOutputLength })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooInflated(maxOutputLength)
    throw new Refusal(
      400,
      'malformed',
      `The body is not valid ${encoding}.`,
      'Send what Content-Encoding says, or leave the header out.',
    )
  }
}

async function undo(
  body: Buffer,
  encoding: Exclude<Encoding, 'identity'>,
  options: { maxOutputLength: number },
) {
  switch (encoding) {
    case 'gzip':
      return body.length <= receiveLimits.inflateInlineBytesMax
        ? zlib.gunzipSync(body, options)
        : gunzip(body, options)
    case 'deflate':
      // RFC 9110 means zlib; some senders leave its two-byte head out.
      return isZlib(body) ? inflate(body, options) : inflateRaw(body, options)
    case 'zstd':
      return zstd(body, options)
    case 'br':
      return brotli(body, options)
  }
}

function isZlib(body: Buffer): boolean {
  return body.length >= 2 && (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}

function tooInflated(bytesMax: number): Refusal {
  return new Refusal(
    413,
    'ratio',
    `The body inflates to more than ${bytesMax.toLocaleString('en')} bytes.`,
    'Send smaller batches: OTEL_BSP_MAX_EXPORT_BATCH_SIZE.',
  )
}
