import { compareReleases } from '@aftermath/analysis/verdict/compare-releases'
import type { MinuteWindow } from '@aftermath/analysis/baseline/choose-baseline'
import { countedColumns, countedHistograms } from '@aftermath/analysis/counts/counted-operations'
import { latencyQuantiles } from '@aftermath/analysis/latency/latency-ratio'
import {
  latencyThresholds,
  type OperationHistogram,
} from '@aftermath/analysis/latency/latency-thresholds'
import { joinColumns } from '@aftermath/analysis/baseline/matched-columns'
import type { MinuteColumns } from '@aftermath/analysis/counts/minute-columns'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import type { Comparison } from '@aftermath/schemas/api/compare'
import type { ClickHouseClient } from '@clickhouse/client'
import { OTHER } from '../releases/bucket-counts.ts'
import { databaseReader, LATEST, type MinuteReader } from '../releases/read-minutes.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import { readOperations, type Arm } from './release-operations.ts'
import { quantileNs } from './release-report.ts'

const MINUTE_MS = 60_000
/** A day of many operations is read and compared in a breath, and holds every hour once. */
const MINUTES_MAX = 24 * 60

type Place = { service: string; environment: string }
export type Align = Comparison['align']

/** Any two releases of a service, minute laid over minute. */
export async function readComparison(
  client: ClickHouseClient,
  place: Place,
  sides: { base: OrderedRelease; target: OrderedRelease },
  align: Align,
  signal: AbortSignal,
): Promise<Comparison> {
  const windows = align === 'clock' ? commonMinutes(sides) : firstMinutes(sides)
  const reader = databaseReader(client, { ...place, asOf: LATEST })
  const histograms = await Promise.all([
    reader.histograms(sides.base.version, windows.base),
    reader.histograms(sides.target.version, windows.target),
  ])
  // All of them name operations, else what is ignored would be counted among the others.
  const columns = await readAligned(reader, sides, windows, histograms.flat())
  const base = countedHistograms(histograms[0], defaultPolicy)
  const target = countedHistograms(histograms[1], defaultPolicy)
  const evidence = compareReleases({ columns, policy: defaultPolicy }).map((row) => ({
    ...row,
    quantileNs:
      row.scope.quantile === null
        ? null
        : latencyQuantiles(
            { candidate: target, baseline: base },
            { operation: row.scope.operation, q: row.scope.quantile },
          ),
  }))
  const arms = {
    candidate: armOf(sides.target, windows.target),
    baseline: armOf(sides.base, windows.base),
  }
  const operations = await readOperations(client, place, arms, evidence, signal)
  const differentHours = !overlap(windows.base, windows.target)
  return {
    ...place,
    align,
    base: sideOf(sides.base, windows.base, base, failuresOf(columns, 0)),
    target: sideOf(sides.target, windows.target, target, failuresOf(columns, 1)),
    differentHours,
    evidence,
    operations,
    guarantee: guaranteeOf(align, differentHours),
  }
}

type Windows = { base: MinuteWindow; target: MinuteWindow }

const minuteOf = (timeMs: number) => Math.floor(timeMs / MINUTE_MS)

/** The same minutes of both lives, counted from each one's first request; warm-up left out. */
function firstMinutes(sides: { base: OrderedRelease; target: OrderedRelease }): Windows {
  const lengthOf = ({ firstSeenMs, lastSeenMs }: OrderedRelease) =>
    minuteOf(lastSeenMs) + 1 - minuteOf(firstSeenMs)
  const length = Math.min(lengthOf(sides.base), lengthOf(sides.target), MINUTES_MAX)
  const window = ({ firstSeenMs }: OrderedRelease) => ({
    fromMinute: minuteOf(firstSeenMs) + Math.min(length, defaultPolicy.warmupMinutes),
    untilMinute: minuteOf(firstSeenMs) + length,
  })
  return { base: window(sides.base), target: window(sides.target) }
}

/** The last minutes in which both served; an empty window where they never did. */
function commonMinutes(sides: { base: OrderedRelease; target: OrderedRelease }): Windows {
  const { base, target } = sides
  const until = minuteOf(Math.min(base.lastSeenMs, target.lastSeenMs)) + 1
  const began = minuteOf(Math.max(base.firstSeenMs, target.firstSeenMs))
  const from = Math.max(began + defaultPolicy.warmupMinutes, until - MINUTES_MAX)
  const window = { fromMinute: Math.min(from, until), untilMinute: until }
  return { base: window, target: window }
}

function overlap(one: MinuteWindow, other: MinuteWindow): boolean {
  return one.fromMinute < other.untilMinute && other.fromMinute < one.untilMinute
}

/** Minutes of both, the base's moved onto the target's. */
async function readAligned(
  reader: MinuteReader,
  { base, target }: { base: OrderedRelease; target: OrderedRelease },
  windows: Windows,
  histograms: OperationHistogram[],
): Promise<MinuteColumns> {
  const thresholds = latencyThresholds(histograms)
  const operations = [...new Set(histograms.map(({ operation }) => operation))]
    .filter((operation) => operation !== OTHER)
    .toSorted()
  const [own, other] = await Promise.all([
    reader.operationMinutes(
      windows.target,
      { candidate: target.version, versions: [target.version], operations },
      thresholds,
    ),
    reader.operationMinutes(
      windows.base,
      { candidate: '', versions: [base.version], operations },
      thresholds,
    ),
  ])
  const moved = windows.target.fromMinute - windows.base.fromMinute
  const beside = { ...other, minute: other.minute.map((minute) => minute + moved) }
  return countedColumns(joinColumns([own, beside]), defaultPolicy)
}

function failuresOf({ arm, failures }: MinuteColumns, of: 0 | 1): number {
  return failures.reduce((sum, count, row) => (arm[row] === of ? sum + count : sum), 0)
}

function armOf({ version }: OrderedRelease, { fromMinute, untilMinute }: MinuteWindow): Arm {
  return { version, fromMs: fromMinute * MINUTE_MS, toMs: untilMinute * MINUTE_MS }
}

function sideOf(
  { version }: OrderedRelease,
  { fromMinute, untilMinute }: MinuteWindow,
  histogram: OperationHistogram[],
  failures: number,
): Comparison['base'] {
  const at = (minute: number) => new Date(minute * MINUTE_MS).toISOString()
  const rows = histogram.map(({ bucket, count }) => ({ bucket, requests: count }))
  const requests = rows.reduce((sum, row) => sum + row.requests, 0)
  const isEmpty = fromMinute >= untilMinute
  return {
    version,
    from: isEmpty ? null : at(fromMinute),
    to: isEmpty ? null : at(untilMinute),
    requests,
    failures,
    p95Ns: quantileNs(rows, 0.95),
    needed: Math.max(0, defaultPolicy.requestsMin.errors - requests),
  }
}

function guaranteeOf(align: Align, differentHours: boolean): string {
  const holds = 'Each interval holds at 95 %, however often you look; neither release is on trial.'
  if (align === 'clock') return holds
  return differentHours
    ? `${holds} They served different hours: part of a difference may be the hours’.`
    : `${holds} Minutes are counted from each one’s first request.`
}
