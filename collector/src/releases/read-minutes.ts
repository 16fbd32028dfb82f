import type { ClickHouseClient } from '@clickhouse/client'
import type { Control, ControlMinutes } from '@aftermath/analysis/verdict/judgement'
import type {
  LatencyThresholds,
  OperationHistogram,
} from '@aftermath/analysis/latency/latency-thresholds'
import type { MinuteColumns, VersionMinutes } from '@aftermath/analysis/counts/minute-columns'
import type { MinuteWindow } from '@aftermath/analysis/baseline/choose-baseline'
import { z } from 'zod'
import { defineColumnsQuery } from '../clickhouse/query.ts'
import { BucketCounts } from './bucket-counts.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import { readJudgedSignals, type SignalMinute } from './judged-signals.ts'
import { readJudgedMinutes, type JudgedMinute } from './judged-minutes.ts'

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
  /** Signals besides requests, of some versions. */
  signals: (versions: readonly string[], window: MinuteWindow) => Promise<SignalMinute[]>
}

export type Place = { service: string; environment: string }

/** Closed minutes as they were at a time: generations up to it count. Unix milliseconds. */
export type AsOf = { asOf: number }
/** As they are now. */
export const LATEST = Number.MAX_SAFE_INTEGER

export type Comparison = {
  candidate: string
  versions: readonly string[]
  /** What is compared; any other operation is `OTHER`. */
  operations: readonly string[]
}

/** Asks the database each time. */
export function databaseReader(client: ClickHouseClient, place: Place & AsOf): MinuteReader {
  return {
    totals: (window) => readTotals(client, place, window),
    controls: (reference, comparison) => readControls(client, place, reference, comparison),
    histograms: (version, window) => readHistograms(client, { ...place, version }, window),
    operationMinutes: (window, comparison, thresholds) =>
      readOperationMinutes(client, place, window, comparison, thresholds),
    signals: (versions, window) =>
      readJudgedSignals(client, { ...place, versions: [...versions], ...window }),
  }
}

const numbers = z.array(z.number())
const Span = z.object({
  service: z.string(),
  environment: z.string(),
  fromMinute: z.int(),
  untilMinute: z.int(),
  asOf: z.int(),
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
  place: Place & AsOf,
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

async function readHistograms(
  client: ClickHouseClient,
  of: Place & AsOf & { version: string },
  window: MinuteWindow,
): Promise<OperationHistogram[]> {
  const counts = new BucketCounts()
  await readJudgedMinutes(client, of, window, (minute) => counts.add(minute))
  return counts.histograms()
}

async function readOperationMinutes(
  client: ClickHouseClient,
  place: Place & AsOf,
  window: MinuteWindow,
  { candidate, versions, operations }: Comparison,
  thresholds: LatencyThresholds[],
): Promise<MinuteColumns> {
  const columns = new ColumnsBuilder(operations, thresholds)
  for (const version of versions) {
    const arm = version === candidate ? 1 : 0
    const add = (minute: JudgedMinute) => columns.add(minute, arm)
    await readJudgedMinutes(client, { ...place, version }, window, add)
  }
  return columns.columns()
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
  place: Place & AsOf,
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
