import type { MinuteWindow } from '@aftermath/analysis/choose-baseline'
import type { LatencyThresholds, OperationHistogram } from '@aftermath/analysis/latency-thresholds'
import type { MinuteColumns } from '@aftermath/analysis/minute-columns'
import { z } from 'zod'
import { defineColumnsQuery } from '../clickhouse/query.ts'
import { isOutdated, type Late } from './late.ts'
import { joinArrays, OPERATIONS_MAX, OTHER, type Comparison } from './read-minutes.ts'
import { createRecentFirst } from './recent-first.ts'
import type { Known } from './remembered-minutes.ts'

/** Above this a version is read from the database, which then adds up what is asked for. */
const ROWS_MAX = 300_000
/** A longer window is not read before its rows were counted; each may lie in so many parts. */
const COUNTED_MINUTES = 12 * 60
const UNMERGED = 10
/** Of all versions together, at 20 bytes each. */
const REMEMBERED_ROWS_MAX = 3_000_000

const VersionRange = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  fromMinute: z.int(),
  untilMinute: z.int(),
})

const queryVersion = defineColumnsQuery({
  sql: new URL('version-minutes.sql', import.meta.url),
  params: VersionRange.extend({ rowsMax: z.int() }),
  columns: z.object({
    minute_number: z.array(z.number()),
    operation: z.array(z.string()),
    bucket: z.array(z.number()),
    requests: z.array(z.number()),
    failures: z.array(z.number()),
  }),
})

const countVersion = defineColumnsQuery({
  sql: new URL('version-rows.sql', import.meta.url),
  params: VersionRange,
  columns: z.object({ rows_stored: z.array(z.number()) }),
})

/** Rows of one version in ascending minutes: requests of an operation in a latency bucket. */
type VersionRows = MinuteWindow & {
  late: Late
  readMs: number
  /** There are more than {@link ROWS_MAX}; the columns are empty. */
  tooMany: boolean
  /** Names by number. */
  operations: ReadonlyMap<string, number>
  minute: Int32Array
  operation: Uint32Array
  bucket: Int16Array
  requests: Float64Array
  failures: Float64Array
}

/** Remembers versions minute by minute; answers undefined for one that is too large for it. */
export function rememberVersionMinutes(rowsMax = ROWS_MAX) {
  const versions = createRecentFirst<VersionRows>(
    REMEMBERED_ROWS_MAX,
    ({ minute }) => minute.length + 100,
  )

  async function rowsOf(known: Known, version: string, window: MinuteWindow): Promise<VersionRows> {
    const { client, database, place, lateOfVersions, nowMs } = known
    const key = JSON.stringify([database, place.environment, place.service, version])
    const lateNow = lateOfVersions.get(version) ?? NEVER
    const have = versions.get(key)
    const isCurrent =
      have !== undefined &&
      window.fromMinute >= have.fromMinute &&
      !isOutdated(have.late, have.readMs, lateNow)
    if (isCurrent && (have.tooMany || window.untilMinute <= have.untilMinute)) return have

    const from = isCurrent
      ? have.untilMinute
      : Math.min(window.fromMinute, have?.fromMinute ?? Infinity)
    const missing = {
      fromMinute: from,
      untilMinute: Math.max(window.untilMinute, have?.untilMinute ?? 0),
    }
    const asked = { ...place, version, ...missing }
    const before = isCurrent ? have : emptyRows()
    const isLong = missing.untilMinute - missing.fromMinute > COUNTED_MINUTES
    const tooMany =
      isLong && (await countVersion(client, asked)).rows_stored[0]! > UNMERGED * rowsMax
    const more = tooMany
      ? undefined
      : await queryVersion(client, { ...asked, rowsMax: rowsMax + 1 })
    const rows: VersionRows = {
      tooMany,
      ...(more === undefined ? emptyRows() : append(before, more)),
      fromMinute: isCurrent ? have.fromMinute : missing.fromMinute,
      untilMinute: missing.untilMinute,
      late: lateNow,
      readMs: isCurrent ? have.readMs : nowMs,
    }
    const kept = rows.minute.length > rowsMax ? { ...rows, ...emptyRows(), tooMany: true } : rows
    versions.put(key, kept)
    return kept
  }

  return {
    async histograms(
      known: Known,
      version: string,
      window: MinuteWindow,
    ): Promise<OperationHistogram[] | undefined> {
      const rows = await rowsOf(known, version, window)
      return rows.tooMany ? undefined : histogramsOf(rows, window)
    },

    async operationMinutes(
      known: Known,
      window: MinuteWindow,
      comparison: Comparison,
      thresholds: LatencyThresholds[],
    ): Promise<MinuteColumns | undefined> {
      const arms = []
      for (const version of comparison.versions) {
        const rows = await rowsOf(known, version, window)
        if (rows.tooMany) return undefined
        arms.push({ rows, arm: version === comparison.candidate ? 1 : 0 })
      }
      return columnsOf(arms, window, comparison.operations, thresholds)
    },
  }
}

const NEVER: Late = { lastLateMs: 0, lateCount: 0 }

type Columns = Pick<
  VersionRows,
  'operations' | 'minute' | 'operation' | 'bucket' | 'requests' | 'failures'
>

const emptyRows = (): Columns => ({
  operations: new Map(),
  minute: new Int32Array(0),
  operation: new Uint32Array(0),
  bucket: new Int16Array(0),
  requests: new Float64Array(0),
  failures: new Float64Array(0),
})

function append(before: Columns, more: Awaited<ReturnType<typeof queryVersion>>): Columns {
  const operations = new Map(before.operations)
  const numberOf = (name: string) => {
    const known = operations.get(name)
    if (known !== undefined) return known
    operations.set(name, operations.size)
    return operations.size - 1
  }
  return {
    operations,
    minute: joinArrays(Int32Array, [before.minute, more.minute_number]),
    operation: joinArrays(Uint32Array, [before.operation, more.operation.map(numberOf)]),
    bucket: joinArrays(Int16Array, [before.bucket, more.bucket]),
    requests: joinArrays(Float64Array, [before.requests, more.requests]),
    failures: joinArrays(Float64Array, [before.failures, more.failures]),
  }
}

/** As operation-histograms.sql. */
function histogramsOf(rows: VersionRows, window: MinuteWindow): OperationHistogram[] {
  const names = [...rows.operations.keys()]
  const [first, end] = rangeOf(rows, window)
  const totals = new Map<number, number>()
  for (let row = first; row < end; row++) {
    const operation = rows.operation[row]!
    totals.set(operation, (totals.get(operation) ?? 0) + rows.requests[row]!)
  }
  const largest = [...totals]
    .toSorted(([a, of], [b, than]) => than - of || byBytes(names[a]!, names[b]!))
    .slice(0, OPERATIONS_MAX)
  const shown = new Set(largest.map(([operation]) => operation))
  const buckets = new Map<string, Map<number, number>>()
  for (let row = first; row < end; row++) {
    const operation = rows.operation[row]!
    const name = shown.has(operation) ? names[operation]! : OTHER
    let counts = buckets.get(name)
    if (counts === undefined) buckets.set(name, (counts = new Map()))
    const bucket = rows.bucket[row]!
    counts.set(bucket, (counts.get(bucket) ?? 0) + rows.requests[row]!)
  }
  return [...buckets]
    .toSorted(([a], [b]) => byBytes(a, b))
    .flatMap(([operation, counts]) =>
      [...counts]
        .toSorted(([a], [b]) => a - b)
        .map(([bucket, count]) => ({ operation, bucket, count })),
    )
}

/** A bucket that none is above. */
const NEVER_SLOW = 32_767

/** As operation-minutes.sql. */
function columnsOf(
  arms: readonly { rows: VersionRows; arm: number }[],
  window: MinuteWindow,
  operations: readonly string[],
  thresholds: readonly LatencyThresholds[],
): MinuteColumns {
  const compared = new Set(operations)
  const thresholdOf = new Map(thresholds.map((threshold) => [threshold.operation, threshold]))
  // Only what has rows gets a number.
  const shown = new Map<string, { place: number; threshold: LatencyThresholds | undefined }>()
  const shownOf = (operation: string) => {
    const name = compared.has(operation) ? operation : OTHER
    let known = shown.get(name)
    if (known === undefined) {
      known = { place: shown.size, threshold: thresholdOf.get(name) }
      shown.set(name, known)
    }
    return known
  }
  const minutes: number[] = []
  const places: number[] = []
  const armOf: number[] = []
  const requests: number[] = []
  const failures: number[] = []
  const slow50: number[] = []
  const slow95: number[] = []
  const slow99: number[] = []
  for (const { rows, arm } of arms) {
    const names = [...rows.operations.keys()]
    const shownBy: (ReturnType<typeof shownOf> | undefined)[] = names.map(() => undefined)
    // Of the present minute: the row of each operation shown.
    const rowOf = new Map<number, number>()
    const [first, end] = rangeOf(rows, window)
    for (let at = first; at < end; at++) {
      if (at > first && rows.minute[at] !== rows.minute[at - 1]) rowOf.clear()
      const operation = rows.operation[at]!
      const { place, threshold } = (shownBy[operation] ??= shownOf(names[operation]!))
      let row = rowOf.get(place)
      if (row === undefined) {
        row = minutes.push(rows.minute[at]!) - 1
        rowOf.set(place, row)
        places.push(place)
        armOf.push(arm)
        for (const sums of [requests, failures, slow50, slow95, slow99]) sums.push(0)
      }
      const bucket = rows.bucket[at]!
      const count = rows.requests[at]!
      requests[row]! += count
      failures[row]! += rows.failures[at]!
      if (bucket > (threshold?.bucket50 ?? NEVER_SLOW)) slow50[row]! += count
      if (bucket > (threshold?.bucket95 ?? NEVER_SLOW)) slow95[row]! += count
      if (bucket > (threshold?.bucket99 ?? NEVER_SLOW)) slow99[row]! += count
    }
  }
  return {
    operations: [...shown.keys()],
    operation: Uint16Array.from(places),
    minute: Int32Array.from(minutes),
    arm: Uint8Array.from(armOf),
    requests: Float64Array.from(requests),
    failures: Float64Array.from(failures),
    slow50: Float64Array.from(slow50),
    slow95: Float64Array.from(slow95),
    slow99: Float64Array.from(slow99),
  }
}

/** Rows of a window: from the first, before the second. */
function rangeOf({ minute }: VersionRows, { fromMinute, untilMinute }: MinuteWindow) {
  return [lowerBound(minute, fromMinute), lowerBound(minute, untilMinute)] as const
}

function lowerBound(values: Int32Array, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** As ClickHouse compares: JavaScript's own order differs beyond the basic plane. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
