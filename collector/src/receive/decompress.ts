import * as zlib from 'node:zlib'
import { receiveLimits } from './limits.ts'
import { Refusal } from './refusal.ts'

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'zstd' | 'br'

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['zstd', 'zstd'],
  ['br', 'br'],
])

/** @throws Refusal 415 for more than one layer, or an encoding that is not known */
export function encodingOf(contentEncoding: string | undefined): Encoding {
  const name = (contentEncoding ?? '').trim().toLowerCase()
  const encoding = ENCODINGS.get(name)
  if (encoding !== undefined) return encoding
  throw new Refusal(
    415,
    'encoding',
    `Content-Encoding ${name.slice(0, 100)} is not supported.`,
    'Compress with gzip: OTEL_EXPORTER_OTLP_COMPRESSION=gzip.',
    { headers: { 'accept-encoding': 'gzip, deflate, zstd, br, identity' } },
  )
}

/**
 * Undoes the one layer of compression, in this thread. The cap holds while inflating: a bomb is
 * stopped, not measured.
 *
 * @throws Refusal 413 beyond the size or the ratio, 400 for broken data or more behind its end
 */
export function decompress(body: Buffer, encoding: Encoding, bytesMax: number): Buffer {
  if (encoding === 'identity') {
    if (body.length > bytesMax) throw tooInflated(bytesMax, bytesMax)
    return body
  }
  if (body.length === 0) return body // some clients name the encoding of nothing
  const maxOutputLength = inflatedBytesMax(body, bytesMax)
  try {
    return undo(body, encoding, maxOutputLength)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooInflated(maxOutputLength, bytesMax)
    }
    throw Refusal.brokenEncoding(encoding)
  }
}

/** How much may come out of a body: the limit, and no more than the ratio allows. */
export function inflatedBytesMax(body: Buffer, bytesMax: number): number {
  const { inflateFreeBytes, inflateRatioMax } = receiveLimits
  return Math.min(bytesMax, Math.max(inflateFreeBytes, body.length * inflateRatioMax))
}

function undo(
  body: Buffer,
  encoding: Exclude<Encoding, 'identity'>,
  maxOutputLength: number,
): Buffer {
  const chunkSize = Math.min(Math.max(CHUNK_BYTES_MIN, body.length * 8), CHUNK_BYTES_MAX)
  const { strict, zstd } = inflaterOptions(chunkSize, maxOutputLength)
  switch (encoding) {
    case 'gzip':
      return gunzip(body, { chunkSize, maxOutputLength })
    case 'deflate':
      // RFC 9110 means zlib; some senders leave its two-byte head out.
      return isZlib(body) ? zlib.inflateSync(body, strict) : zlib.inflateRawSync(body, strict)
    case 'zstd':
      return zlib.zstdDecompressSync(body, zstd)
    case 'br':
      return zlib.brotliDecompressSync(body, strict)
  }
}

/** gzip may have several members, and finds by itself what is none: it takes no `strict`. */
export function inflaterOptions(chunkSize: number, maxOutputLength?: number) {
  const strict = {
    chunkSize,
    rejectGarbageAfterEnd: true,
    ...(maxOutputLength !== undefined && { maxOutputLength }),
  }
  const params = { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX }
  return { strict, zstd: { ...strict, params } }
}

const CHUNK_BYTES_MIN = 16 * 1024
const CHUNK_BYTES_MAX = 1024 * 1024
/** 8 MiB, what RFC 9659 allows on the web: the window is memory that a sender chooses. */
const ZSTD_WINDOW_LOG_MAX = 23

type Options = { maxOutputLength: number; chunkSize: number }

/**
 * The trailer says how much comes out: into one piece of that size it inflates in half the time. It
 * is a hint; where it lies, more pieces follow up to the cap, or the rest of the piece is let go.
 */
function gunzip(body: Buffer, options: Options): Buffer {
  const hintedBytes = body.length < 4 ? 0 : body.readUInt32LE(body.length - 4)
  const isPlausible = hintedBytes >= body.length / 2 && hintedBytes < options.maxOutputLength
  const chunkSize = isPlausible ? hintedBytes + HINT_SLACK_BYTES : options.chunkSize
  const plain = zlib.gunzipSync(body, { ...options, chunkSize })
  return plain.length < plain.buffer.byteLength / 2 ? copyOf(plain) : plain
}

/** In memory of its own, which may go to another thread. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}

/** zlib asks for another piece when the one it has is exactly full. */
const HINT_SLACK_BYTES = 64

export function isZlib(body: Buffer): boolean {
  return body.length >= 2 && (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
}

export function tooInflated(capBytes: number, bytesMax: number): Refusal {
  return Refusal.tooLarge(
    capBytes < bytesMax ? 'ratio' : 'size',
    `The body inflates to more than ${capBytes.toLocaleString('en')} bytes.`,
  )
}
