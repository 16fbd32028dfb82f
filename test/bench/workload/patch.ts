import { nanosWords } from './nanos-words.ts'

/** One request's part of the patches, as they are read from a file. */
export interface PackedPatches {
  times: Uint32Array
  ids: Uint32Array
}

/** Times carry the number of their request in their nanoseconds: what is stored tells what arrived. */
export const MARKS = 1_000_000

/** Makes a ready request one of its own: `number` in its ids and times, and the times are now's. */
export function patchRequest(
  bytes: Buffer,
  { times, ids }: PackedPatches,
  number: number,
  nowMs: number,
): void {
  const mark = number % MARKS
  for (let at = 0; at < times.length; at += 4) {
    const ns = times[at + 3]! * 2 ** 32 + times[at + 2]! // written in fours
    const words = nanosWords(nowMs - times[at + 1]!, ns + mark)
    putWord(bytes, times[at]!, words.low)
    putWord(bytes, times[at]! + 4, words.high)
  }
  for (const offset of ids) putWord(bytes, offset, number)
}

function putWord(bytes: Buffer, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
}
