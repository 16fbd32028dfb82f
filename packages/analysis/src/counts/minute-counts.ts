import { measures } from '../signals/measures.ts'
import type { Measure } from '../signals/measures.ts'
import type { MinuteColumns } from './minute-columns.ts'
import { byCodeUnit, measureColumns } from '../baseline/reference.ts'

/** One arm's counts in one minute, by operation. */
export type ArmCounts = { requests: Float64Array } & Record<Measure, Float64Array>

/**
 * Counts of one minute: `arms[1]` is the candidate, `arms[0]` the baseline, `arms[2]` the baseline in
 * the same minute of an earlier week.
 */
export type MinuteCounts = { minute: number; arms: [ArmCounts, ArmCounts, ArmCounts] }

/**
 * Reads columns minute by minute, ascending, whatever the order of their rows; minutes without rows
 * are absent. The object yielded is reused: take what is needed before the next.
 *
 * @returns operations sorted by name, the order of every count and every sum
 */
export function minuteCounts(columns: MinuteColumns): {
  operations: string[]
  minutes: Generator<MinuteCounts>
} {
  const operations = [...new Set(columns.operations)].toSorted(byCodeUnit)
  return { operations, minutes: readMinutes(columns, operations) }
}

function* readMinutes(columns: MinuteColumns, operations: string[]): Generator<MinuteCounts> {
  const indexOf = new Map(operations.map((name, index) => [name, index]))
  const rank = columns.operations.map((name) => indexOf.get(name)!)
  const sources = measureColumns(columns)
  const order = ascending(columns.minute)
  const counts: MinuteCounts = {
    minute: 0,
    arms: [emptyArm(operations.length), emptyArm(operations.length), emptyArm(operations.length)],
  }
  let at = 0
  while (at < order.length) {
    counts.minute = columns.minute[order[at]!]!
    for (const arm of counts.arms) clear(arm)
    for (; at < order.length && columns.minute[order[at]!] === counts.minute; at += 1) {
      const row = order[at]!
      const arm = counts.arms[columns.arm[row]!]!
      const operation = rank[columns.operation[row]!]!
      arm.requests[operation]! += columns.requests[row]!
      for (const measure of measures) arm[measure][operation]! += sources[measure][row]!
    }
    yield counts
  }
}

/** Row numbers by minute. Rows of one minute are integer counts: their order changes no sum. */
function ascending(minute: Int32Array): Uint32Array {
  const order = Uint32Array.from(minute, (_, row) => row)
  let first = Infinity
  let last = -Infinity
  let sorted = true
  for (let row = 0; row < minute.length; row += 1) {
    const at = minute[row]!
    if (at < last) sorted = false
    first = Math.min(first, at)
    last = Math.max(last, at)
  }
  if (sorted) return order
  // Two weeks of two arms are millions of rows of few minutes: counted, not compared.
  const next = new Uint32Array(last - first + 2)
  for (let row = 0; row < minute.length; row += 1) next[minute[row]! - first + 1]! += 1
  for (let at = 1; at < next.length; at += 1) next[at]! += next[at - 1]!
  for (let row = 0; row < minute.length; row += 1) {
    const at = minute[row]! - first
    order[next[at]!] = row
    next[at]! += 1
  }
  return order
}

export function emptyArm(operations: number): ArmCounts {
  return {
    requests: new Float64Array(operations),
    errors: new Float64Array(operations),
    slow50: new Float64Array(operations),
    slow95: new Float64Array(operations),
    slow99: new Float64Array(operations),
  }
}

function clear(arm: ArmCounts): void {
  arm.requests.fill(0)
  for (const measure of measures) arm[measure].fill(0)
}

/** Sum over operations. */
export function totalOf(counts: Float64Array): number {
  let total = 0
  for (let i = 0; i < counts.length; i += 1) total += counts[i]!
  return total
}
