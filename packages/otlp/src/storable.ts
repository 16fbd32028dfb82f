import { cutPoint } from './utf8.ts'
import { WIRE } from './wire-table.ts'
import { tagged } from './varint.ts'

/** What a value must be like so that ClickHouse stores what the tables promise. */

/** ClickHouse writes 1e21, nan, inf and -0 where JavaScript has 1e+21, NaN, Infinity and 0. */
export function isPrintedAlike(value: number): boolean {
  return Math.abs(value) < 1e21 && !Object.is(value, -0)
}

/** The text, ended at a code point where it is longer than `bytesMax`. */
export function cutText(text: Uint8Array, bytesMax: number): Uint8Array {
  return text.length > bytesMax ? text.subarray(0, cutPoint(text, 0, bytesMax)) : text
}

/** Bytes are stored as base64: as many as have `bytesMax` digits. */
export function cutBytes(value: Uint8Array, bytesMax: number): Uint8Array {
  return value.subarray(0, (bytesMax / 4) * 3)
}

const OBSERVED_TIME = 11

/** `LogRecord.observed_time_unix_nano`, for records that come without any time. */
export function observedTimeField(timeMs: number): Uint8Array {
  const value = Buffer.alloc(8)
  value.writeBigUInt64LE(BigInt(Math.round(timeMs)) * 1_000_000n)
  return tagged(OBSERVED_TIME * 8 + WIRE.fixed64, value)
}

/** Whether an id names nothing. */
export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== 0) return false
  }
  return true
}
