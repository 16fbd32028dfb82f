import * as zlib from 'node:zlib'
import {
  decompress,
  inflatedBytesMax,
  inflaterOptions,
  isZlib,
  tooInflated,
  type Encoding,
} from './decompress.ts'
import { receiveLimits } from './limits.ts'
import { Refusal } from './refusal.ts'

/** What may be wasted on a bomb that is found out only afterwards. */
const WHOLE_BYTES_MAX = 8 * 2 ** 20
const PIECE_BYTES = 2 ** 20
/** What exceeds the ratio after so much is not waited for until its end. */
const BOMB_BYTES_MIN = 16 * 2 ** 20

/**
 * As `decompress`, for bodies that may become very large. Those come out in pieces whose memory is
 * given back at once when they are too many: garbage of the size of a bomb would stay for long.
 */
export async function inflateLarge(
  body: Buffer,
  encoding: Encoding,
  bytesMax: number,
): Promise<Buffer> {
  const capBytes = inflatedBytesMax(body, bytesMax)
  if (encoding === 'identity' || capBytes <= WHOLE_BYTES_MAX) {
    return decompress(body, encoding, bytesMax)
  }
  try {
    return decompress(body, encoding, WHOLE_BYTES_MAX)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 413) throw error
  }
  return inflateInPieces(body, encoding, { capBytes, bytesMax })
}

async function inflateInPieces(
  body: Buffer,
  encoding: Exclude<Encoding, 'identity'>,
  { capBytes, bytesMax }: { capBytes: number; bytesMax: number },
): Promise<Buffer> {
  const pieces = new Pieces()
  const inflater = openInflater(body, encoding)
  inflater.end(body)
  try {
    for await (const piece of inflater) {
      pieces.add(piece as Buffer) // of a stream without encoding
      if (pieces.sizeBytes > capBytes) throw tooInflated(capBytes, bytesMax)
      const readBytesMin = pieces.sizeBytes / receiveLimits.inflateRatioMax
      if (pieces.sizeBytes > BOMB_BYTES_MIN && inflater.bytesWritten < readBytesMin) {
        throw tooInflated(pieces.sizeBytes, bytesMax)
      }
    }
    return pieces.join()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw Refusal.brokenEncoding(encoding)
  } finally {
    inflater.destroy()
    pieces.freeUnused()
  }
}

function openInflater(body: Buffer, encoding: Exclude<Encoding, 'identity'>) {
  const { strict, zstd } = inflaterOptions(PIECE_BYTES)
  switch (encoding) {
    case 'gzip':
      return zlib.createGunzip({ chunkSize: PIECE_BYTES })
    case 'deflate':
      return isZlib(body) ? zlib.createInflate(strict) : zlib.createInflateRaw(strict)
    case 'zstd':
      return zlib.createZstdDecompress(zstd)
    case 'br':
      return zlib.createBrotliDecompress(strict)
  }
}

/** An inflater gives several pieces of one buffer, before it takes the next. */
class Pieces {
  #pieces: Buffer[] = []
  sizeBytes = 0

  add(piece: Buffer): void {
    this.#pieces.push(piece)
    this.sizeBytes += piece.length
  }

  join(): Buffer {
    const whole = Buffer.allocUnsafeSlow(this.sizeBytes)
    let at = 0
    for (const [i, piece] of this.#pieces.entries()) {
      whole.set(piece, at)
      at += piece.length
      if (this.#pieces[i + 1]?.buffer !== piece.buffer) give(piece.buffer)
    }
    this.#pieces = []
    return whole
  }

  /**
   * All but the memory of the last piece, and never that of the body: another thread may still be
   * inflating from the one into the other.
   */
  freeUnused(): void {
    const inUse = this.#pieces.at(-1)?.buffer
    for (const { buffer } of this.#pieces) if (buffer !== inUse) give(buffer)
    this.#pieces = []
  }
}

function give(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}
