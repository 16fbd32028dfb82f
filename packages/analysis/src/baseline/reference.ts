import { designEffect } from '../methods/design-effect.ts'
import { measures } from '../signals/measures.ts'
import type { Measure } from '../signals/measures.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'

/**
 * What the baseline was like before any data of the new release: shares, design effects and the
 * mean minute of every quarter hour. Plain data, so it can be stored beside a verdict.
 */
export type Reference = {
  fromMinute: number
  /** Exclusive. */
  untilMinute: number
  /** Minutes in which anything was served. */
  minutes: number
  /** Sorted by name. */
  operations: string[]
  /** Requests of each operation over the window. */
  requests: number[]
  measures: Record<Measure, MeasureReference>
  blocks: DayBlocks
  /** The whole service minute by minute, the last hours of the window: what change points read. */
  tail: MinuteSeries
}

/** Counts of the whole service by minute, ascending. */
export type MinuteSeries = { minute: number[]; requests: number[] } & Record<Measure, number[]>

export type MeasureReference = {
  pooled: ShareReference
  /** In the order of `operations`. */
  operations: ShareReference[]
}

export type ShareReference = {
  /** Share of requests: the value every effect is measured from. */
  p0: number
  /** Requests and events the share rests on. */
  requests: number
  events: number
  /** Design effect of its series. */
  phi: number
}

/**
 * Mean minute of each 15-minute block of the UTC day, `block × operations + operation`. A block
 * without data holds the mean minute of the whole window.
 */
export type DayBlocks = { requests: number[] } & Record<Measure, number[]>

/** φ where the reference cannot tell: no window, or events too rare. */
export const DESIGN_EFFECT_UNKNOWN = 3
export const BLOCK_MINUTES = 15
export const BLOCKS_PER_DAY = 96
/** Change points look at 25 points of 5 minutes before a deployment. */
export const TAIL_MINUTES = 125

/**
 * Reads the reference window of a baseline.
 *
 * @param columns rows of the baseline alone; `arm` is not read
 * @param fromMinute first minute of the window, with `untilMinute` as `chooseBaseline` gives them
 */
export function referenceOf({ columns, fromMinute, untilMinute }: ReferenceInput): Reference {
  const table = tabulate({ columns, fromMinute, untilMinute })
  const { operations, minutesTotal, cell } = table
  const shareOf = (measure: Measure, rows: number[]): ShareReference => {
    const n = new Float64Array(minutesTotal)
    const x = new Float64Array(minutesTotal)
    for (const row of rows) {
      for (let minute = 0; minute < minutesTotal; minute += 1) {
        n[minute]! += cell('requests', row, minute)
        x[minute]! += cell(measure, row, minute)
      }
    }
    const requests = sumOf(n)
    const events = sumOf(x)
    return {
      p0: requests === 0 ? 0 : events / requests,
      requests,
      events,
      phi: designEffect({ n, x }) ?? DESIGN_EFFECT_UNKNOWN,
    }
  }
  const rows = operations.map((_, row) => row)
  const measure = (id: Measure): MeasureReference => ({
    pooled: shareOf(id, rows),
    operations: rows.map((row) => shareOf(id, [row])),
  })
  const byMeasure = {
    errors: measure('errors'),
    slow50: measure('slow50'),
    slow95: measure('slow95'),
    slow99: measure('slow99'),
  }
  return {
    fromMinute,
    untilMinute,
    minutes: table.minutesServed,
    operations,
    requests: byMeasure.errors.operations.map((share) => share.requests),
    measures: byMeasure,
    blocks: dayBlocks(table, fromMinute),
    tail: tailOf(table, fromMinute),
  }
}

export type ReferenceInput = { columns: MinuteColumns; fromMinute: number; untilMinute: number }

type Column = 'requests' | Measure
type Table = {
  operations: string[]
  minutesTotal: number
  minutesServed: number
  cell: (column: Column, operation: number, minute: number) => number
}

/** Dense counts, operations sorted by name, so that sums always run in the same order. */
function tabulate({ columns, fromMinute, untilMinute }: ReferenceInput): Table {
  const minutesTotal = Math.max(0, untilMinute - fromMinute)
  const operations = [...new Set(columns.operations)].toSorted(byCodeUnit)
  const rank = columns.operations.map((name) => operations.indexOf(name))
  const size = operations.length * minutesTotal
  const sources: Record<Column, Float64Array> = {
    ...measureColumns(columns),
    requests: columns.requests,
  }
  const dense = Object.fromEntries(
    ['requests', ...measures].map((column) => [column, new Float64Array(size)]),
  ) as Record<Column, Float64Array> // built from exactly these keys
  const served = new Uint8Array(minutesTotal)
  for (let row = 0; row < columns.minute.length; row += 1) {
    const minute = columns.minute[row]! - fromMinute
    if (minute < 0 || minute >= minutesTotal) continue
    const at = rank[columns.operation[row]!]! * minutesTotal + minute
    for (const column of ['requests', ...measures] as const)
      dense[column][at]! += sources[column][row]!
    if (columns.requests[row]! > 0) served[minute] = 1
  }
  return {
    operations,
    minutesTotal,
    minutesServed: sumOf(served),
    cell: (column, operation, minute) => dense[column][operation * minutesTotal + minute] ?? 0,
  }
}

/** The columns of the measures under their own names. */
export function measureColumns(columns: MinuteColumns): Record<Measure, Float64Array> {
  const { failures, slow50, slow95, slow99 } = columns
  return { errors: failures, slow50, slow95, slow99 }
}

/** Order of names that no locale changes. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function dayBlocks(table: Table, fromMinute: number): DayBlocks {
  const { operations, minutesTotal, minutesServed, cell } = table
  const covered = new Float64Array(BLOCKS_PER_DAY)
  for (let minute = 0; minute < minutesTotal; minute += 1)
    covered[blockOf(fromMinute + minute)]! += 1
  const column = (id: Column): number[] => {
    const sums = Array.from({ length: BLOCKS_PER_DAY * operations.length }, () => 0)
    const totals = operations.map(() => 0)
    for (let operation = 0; operation < operations.length; operation += 1) {
      for (let minute = 0; minute < minutesTotal; minute += 1) {
        const count = cell(id, operation, minute)
        sums[blockOf(fromMinute + minute) * operations.length + operation]! += count
        totals[operation]! += count
      }
    }
    return sums.map((sum, at) => {
      const minutes = covered[Math.floor(at / operations.length)]!
      const operation = at % operations.length
      return minutes > 0 ? sum / BLOCK_MINUTES : totals[operation]! / Math.max(1, minutesServed)
    })
  }
  return {
    requests: column('requests'),
    errors: column('errors'),
    slow50: column('slow50'),
    slow95: column('slow95'),
    slow99: column('slow99'),
  }
}

/** Block of the UTC day a minute lies in. */
export function blockOf(minute: number): number {
  return Math.floor(minute / BLOCK_MINUTES) % BLOCKS_PER_DAY
}

function tailOf(table: Table, fromMinute: number): MinuteSeries {
  const first = Math.max(0, table.minutesTotal - TAIL_MINUTES)
  const minutes = Array.from({ length: table.minutesTotal - first }, (_, k) => first + k)
  const column = (id: Column) =>
    minutes.map((minute) =>
      table.operations.reduce((sum, _, operation) => sum + table.cell(id, operation, minute), 0),
    )
  return {
    minute: minutes.map((minute) => fromMinute + minute),
    requests: column('requests'),
    errors: column('errors'),
    slow50: column('slow50'),
    slow95: column('slow95'),
    slow99: column('slow99'),
  }
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += values[i]!
  return sum
}
