import type { ClickHouseClient } from '@clickhouse/client'
import type { Control, ControlMinutes } from '@aftermath/analysis/judgement'
import type { LatencyThresholds, OperationHistogram } from '@aftermath/analysis/latency-thresholds'
import type { MinuteColumns, VersionMinutes } from '@aftermath/analysis/minute-columns'
import type { MinuteWindow } from '@aftermath/analysis/choose-baseline'
import { z } from 'zod'
import { defineColumnsQuery } from '../clickhouse/query.ts'

/**
 * The counts a judgement is made of, of one service in one environment. There is a reader that asks the
 * database each time and one that remembers (remembered-minutes.ts); they agree to the last digit.
 */
export interface MinuteReader {
  /** Minute totals of every version of the service. */
  totals: (window: MinuteWindow) => Promise<VersionMinutes>
  /** Minute totals of every other service of the environment over both windows. */
  controls: (reference: MinuteWindow, comparison: MinuteWindow) => Promise<Control[]>
  /** Latency buckets of one version by operation; beyond the 300 largest, operations are one. */
  histograms: (version: string, window: MinuteWindow) => Promise<OperationHistogram[]>
  /** Counts per minute, operation and arm, with the slow requests that `thresholds` define. */
  operationMinutes: (
    window: MinuteWindow,
    comparison: Comparison,
    thresholds: LatencyThresholds[],
  ) => Promise<MinuteColumns>
}

export type Place = { service: string; environment: string }

export type Comparison = {
  candidate: string
  versions: readonly string[]
  /** What is compared; any other operation is `OTHER`. */
  operations: readonly string[]
}

/** What the operations beyond the largest {@link OPERATIONS_MAX} are called together. */
export const OTHER = '(other)'
export const OPERATIONS_MAX = 300

/** Asks the database each time. */
export function databaseReader(client: ClickHouseClient, place: Place): MinuteReader {
  return {
    totals: (window) => readTotals(client, place, window),
    controls: (reference, comparison) => readControls(client, place, reference, comparison),
    histograms: (version, window) => readHistograms(client, { ...place, version }, window),
    operationMinutes: (window, comparison, thresholds) =>
      readOperationMinutes(client, place, window, comparison, thresholds),
  }
}

const numbers = z.array(z.number())
const Span = z.object({
  service: z.string(),
  environment: z.string(),
  fromMinute: z.int(),
  untilMinute: z.int(),
})
const queryTotals = defineColumnsQuery({
  sql: new URL('release-totals.sql', import.meta.url),
  params: Span,
  columns: z.object({
    version: z.array(z.string()),
    minute_number: numbers,
    requests: numbers,
    failures: numbers,
  }),
})

async function readTotals(
  client: ClickHouseClient,
  place: Place,
  window: MinuteWindow,
): Promise<VersionMinutes> {
  const columns = await queryTotals(client, { ...place, ...window })
  const places = new Map<string, number>()
  const version = Uint16Array.from(indexNames(columns.version, places))
  return {
    versions: [...places.keys()],
    version,
    minute: Int32Array.from(columns.minute_number),
    requests: Float64Array.from(columns.requests),
    failures: Float64Array.from(columns.failures),
  }
}

const queryHistograms = defineColumnsQuery({
  sql: new URL('operation-histograms.sql', import.meta.url),
  params: Span.extend({ version: z.string() }),
  columns: z.object({ operation_shown: z.array(z.string()), bucket: numbers, requests: numbers }),
})

async function readHistograms(
  client: ClickHouseClient,
  place: Place & { version: string },
  window: MinuteWindow,
): Promise<OperationHistogram[]> {
  const columns = await queryHistograms(client, { ...place, ...window })
  return columns.operation_shown.map((operation, row) => ({
    operation,
    bucket: columns.bucket[row]!,
    count: columns.requests[row]!,
  }))
}

const queryOperationMinutes = defineColumnsQuery({
  sql: new URL('operation-minutes.sql', import.meta.url),
  params: Span.extend({
    candidate: z.string(),
    versions: z.array(z.string()),
    operations: z.array(z.string()),
    thresholdOperations: z.array(z.string()),
    buckets50: numbers,
    buckets95: numbers,
    buckets99: numbers,
  }),
  columns: z.object({
    minute_number: numbers,
    operation_shown: z.array(z.string()),
    arm: numbers,
    requests: numbers,
    failures: numbers,
    slow50: numbers,
    slow95: numbers,
    slow99: numbers,
  }),
})

/** A day at a time: two weeks of many operations are millions of rows, which as text take a gigabyte. */
const SLICE_MINUTES = 24 * 60

async function readOperationMinutes(
  client: ClickHouseClient,
  place: Place,
  { fromMinute, untilMinute }: MinuteWindow,
  comparison: Comparison,
  thresholds: LatencyThresholds[],
): Promise<MinuteColumns> {
  const places = new Map<string, number>()
  const slices: Slice[] = []
  for (let from = fromMinute; from < untilMinute; from += SLICE_MINUTES) {
    const columns = await queryOperationMinutes(client, {
      ...place,
      fromMinute: from,
      untilMinute: Math.min(untilMinute, from + SLICE_MINUTES),
      candidate: comparison.candidate,
      versions: [...comparison.versions],
      operations: [...comparison.operations],
      thresholdOperations: thresholds.map(({ operation }) => operation),
      buckets50: thresholds.map(({ bucket50 }) => bucket50),
      buckets95: thresholds.map(({ bucket95 }) => bucket95),
      buckets99: thresholds.map(({ bucket99 }) => bucket99),
    })
    slices.push({
      operation: Uint16Array.from(indexNames(columns.operation_shown, places)),
      minute: Int32Array.from(columns.minute_number),
      arm: Uint8Array.from(columns.arm),
      requests: Float64Array.from(columns.requests),
      failures: Float64Array.from(columns.failures),
      slow50: Float64Array.from(columns.slow50),
      slow95: Float64Array.from(columns.slow95),
      slow99: Float64Array.from(columns.slow99),
    })
  }
  const joined = <Values extends Joinable>(
    kind: new (length: number) => Values,
    of: (slice: Slice) => Values,
  ) => joinArrays(kind, slices.map(of))
  return {
    operations: [...places.keys()],
    operation: joined(Uint16Array, ({ operation }) => operation),
    minute: joined(Int32Array, ({ minute }) => minute),
    arm: joined(Uint8Array, ({ arm }) => arm),
    requests: joined(Float64Array, ({ requests }) => requests),
    failures: joined(Float64Array, ({ failures }) => failures),
    slow50: joined(Float64Array, ({ slow50 }) => slow50),
    slow95: joined(Float64Array, ({ slow95 }) => slow95),
    slow99: joined(Float64Array, ({ slow99 }) => slow99),
  }
}

type Slice = Omit<MinuteColumns, 'operations'>
type Joinable = ArrayLike<number> & { set: (values: ArrayLike<number>, at: number) => void }

/** One array of all, in their order. */
export function joinArrays<Values extends Joinable>(
  kind: new (length: number) => Values,
  parts: readonly ArrayLike<number>[],
): Values {
  const values = new kind(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    values.set(part, at)
    at += part.length
  }
  return values
}

const queryControls = defineColumnsQuery({
  sql: new URL('control-minutes.sql', import.meta.url),
  params: Span,
  columns: z.object({
    service: z.array(z.string()),
    minute_number: numbers,
    requests: numbers,
    failures: numbers,
  }),
})

async function readControls(
  client: ClickHouseClient,
  place: Place,
  reference: MinuteWindow,
  comparison: MinuteWindow,
): Promise<Control[]> {
  const read = (window: MinuteWindow) => queryControls(client, { ...place, ...window })
  const [before, after] = await Promise.all([read(reference), read(comparison)])
  const ofBefore = minutesByService(before)
  const ofAfter = minutesByService(after)
  const services = [...new Set([...ofBefore.keys(), ...ofAfter.keys()])].toSorted()
  return services.map((service) => ({
    service,
    reference: ofBefore.get(service) ?? NO_MINUTES,
    comparison: ofAfter.get(service) ?? NO_MINUTES,
  }))
}

type ControlColumns = Awaited<ReturnType<typeof queryControls>>

const NO_MINUTES: ControlMinutes = {
  minute: new Int32Array(0),
  requests: new Float64Array(0),
  failures: new Float64Array(0),
}

/** Sorted by service: the rows of one stand together, so one pass finds them all. */
function minutesByService(columns: ControlColumns): Map<string, ControlMinutes> {
  const byService = new Map<string, ControlMinutes>()
  const rows = columns.service.length
  for (let from = 0, until = 0; from < rows; from = until) {
    while (until < rows && columns.service[until] === columns.service[from]) until++
    byService.set(columns.service[from]!, {
      minute: Int32Array.from(columns.minute_number.slice(from, until)),
      requests: Float64Array.from(columns.requests.slice(from, until)),
      failures: Float64Array.from(columns.failures.slice(from, until)),
    })
  }
  return byService
}

/** Numbers for names, the next one for a name that is not among `places` yet. */
function indexNames(values: readonly string[], places: Map<string, number>): number[] {
  return values.map((value) => {
    const known = places.get(value)
    if (known !== undefined) return known
    places.set(value, places.size)
    return places.size - 1
  })
}
