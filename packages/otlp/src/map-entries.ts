import type { WireReader } from './varint.ts'

type Entry = [key: string, value: WireReader | undefined]

/**
 * Entries of a `KeyValueList` in the order of their keys' bytes; of a repeated key the last.
 *
 * @param entriesMax of more entries the first, so that a map that fills a whole request takes no
 *   more memory and time than its text may be long
 */
export function mapEntries(list: WireReader, entriesMax: number): Entry[] {
  const entries = new Map<string, WireReader | undefined>()
  while (list.at < list.end && entries.size < entriesMax) {
    const tag = list.small()
    if (tag === ENTRY) entries.set(...readEntry(list.content()))
    else list.skip(tag % 8)
  }
  return [...entries].toSorted(([a], [b]) => byBytes(a, b))
}

const ENTRY = 10
const KEY = 10
const VALUE = 18

/** Key and value of a `KeyValue`. */
export function readEntry(pair: WireReader): Entry {
  let key = ''
  let value: WireReader | undefined
  while (pair.at < pair.end) {
    const tag = pair.small()
    if (tag === KEY) key = Buffer.from(pair.content().bytes()).toString()
    else if (tag === VALUE) value = pair.content()
    else pair.skip(tag % 8)
  }
  return [key, value]
}

/** Orders as the bytes of UTF-8 do, which are in the order of code points; UTF-16 is not. */
function byBytes(a: string, b: string): number {
  const size = Math.min(a.length, b.length)
  for (let at = 0; at < size; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}
