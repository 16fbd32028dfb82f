import { forEachItem } from './items.ts'
import type { SignalKind } from './schema.ts'
import type { TelemetryTable } from './tables.ts'
import type { WireReader } from './varint.ts'

/**
 * Minutes, as Unix seconds, that the rows of checked bytes fall into, by table. Log records without
 * any time are left out: they get the time of their insert.
 *
 * @param bytes as `checkRequest` gave them
 */
export function eventMinutes(
  kind: SignalKind,
  bytes: Uint8Array,
): Map<TelemetryTable, Set<number>> {
  const minutes = new Map<TelemetryTable, Set<number>>()
  forEachItem(kind, bytes, (table, item) => {
    const minute = minuteOf(item, TIME_TAGS[kind])
    if (minute === undefined) return
    const known = minutes.get(table)
    if (known === undefined) minutes.set(table, new Set([minute]))
    else known.add(minute)
  })
  return minutes
}

// All fixed64, so wire type 1: the start of a span, the time and the observed time of a log record
// (the first that is set counts), the time of a point.
const FIXED64 = 1
const TIME_TAGS = {
  traces: [7 * 8 + FIXED64],
  logs: [1 * 8 + FIXED64, 11 * 8 + FIXED64],
  metrics: [3 * 8 + FIXED64],
} as const satisfies Record<SignalKind, readonly number[]>

const MINUTE_NS = 60_000_000_000n

function minuteOf(item: WireReader, timeTags: readonly number[]): number | undefined {
  const timesNs = timeTags.map(() => 0n)
  while (item.at < item.end) {
    const tag = item.small()
    const place = timeTags.indexOf(tag)
    if (place === -1) item.skip(tag % 8)
    else timesNs[place] = fixed64(item.value(FIXED64).bytes()) // of a field given twice the last counts
  }
  const timeNs = timesNs.find((one) => one !== 0n)
  return timeNs === undefined ? undefined : Number(timeNs / MINUTE_NS) * 60
}

function fixed64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
}
