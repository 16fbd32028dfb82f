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
