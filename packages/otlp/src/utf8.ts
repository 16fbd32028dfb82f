/**
 * Whether `bytes[start, end)` is UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF.
 * `view` covers the same bytes: telemetry is nearly all ASCII, which goes four bytes at a time.
 *
 * @see The Unicode Standard, table 3-7, well-formed UTF-8 byte sequences
 */
export function isUtf8(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  let at = start
  for (const last = end - 4; at <= last; at += 4) {
    if ((view.getInt32(at, true) & 0x80808080) !== 0) return validEnd(bytes, at, end) === end
  }
  for (; at < end; at++) {
    if (bytes[at]! > 0x7f) return validEnd(bytes, at, end) === end
  }
  return true
}

/** Bytes at the start that are UTF-8, up to the first sequence that is none. */
export function utf8Prefix(bytes: Uint8Array): number {
  return validEnd(bytes, 0, bytes.length)
}

function validEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const lead = bytes[at]!
    if (lead < 0x80) {
      at++
      continue
    }
    const size = sequenceSize(lead)
    if (size === 0 || at + size > end) return at
    const second = bytes[at + 1]!
    if (second < lowestSecond(lead) || second > highestSecond(lead)) return at
    for (let i = 2; i < size; i++) {
      if ((bytes[at + i]! & 0xc0) !== 0x80) return at
    }
    at += size
  }
  return end
}

/** Largest position ≤ `limit` at which the UTF-8 text from `start` on can be cut. */
export function cutPoint(bytes: Uint8Array, start: number, limit: number): number {
  let at = limit
  while (at > start && (bytes[at]! & 0xc0) === 0x80) at--
  return at
}

function sequenceSize(lead: number): number {
  if (lead < 0xc2) return 0
  if (lead < 0xe0) return 2
  if (lead < 0xf0) return 3
  return lead < 0xf5 ? 4 : 0
}

function lowestSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0
  return lead === 0xf0 ? 0x90 : 0x80
}

function highestSecond(lead: number): number {
  if (lead === 0xed) return 0x9f
  return lead === 0xf4 ? 0x8f : 0xbf
}
