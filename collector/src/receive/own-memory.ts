/** Node's own buffers below this share their memory with others. */
const OWN_BYTES_MIN = 64 * 1024

/**
 * Bytes whose memory can be given to another thread: the very ones, where they have it to themselves
 * and fill it well, else a copy.
 */
export function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, length } = bytes
  const isOwn = buffer instanceof ArrayBuffer && length >= OWN_BYTES_MIN
  if (isOwn && buffer.byteLength <= 2 * length) return bytes as Uint8Array<ArrayBuffer> // checked: not shared
  const copy = new Uint8Array(length)
  copy.set(bytes)
  return copy
}

/**
 * Gives memory back at once. Left to the garbage collector it stays until much more of it is
 * garbage: bodies would hold many times what they need, and each round of it would cost time.
 */
export function free(bytes: Uint8Array): void {
  const { buffer, byteOffset, length } = bytes
  // What is smaller than its memory may have neighbours in it.
  const isWhole = byteOffset === 0 && buffer.byteLength === length
  if (isWhole && length > 0 && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** Joins pieces in memory of its own, and frees theirs. */
export function joinFreeing(pieces: readonly Buffer[], sizeBytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(sizeBytes)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
    free(piece)
  }
  return whole
}
