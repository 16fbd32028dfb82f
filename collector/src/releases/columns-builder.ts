import type { LatencyThresholds } from '@aftermath/analysis/latency/latency-thresholds'
import type { MinuteColumns } from '@aftermath/analysis/counts/minute-columns'
import { OTHER } from './bucket-counts.ts'
import type { JudgedMinute } from './judged-minutes.ts'

/** A bucket that none is above: an operation without a threshold has no slow requests. */
const NEVER_SLOW = 32_767

type Shown = { place: number; bucket50: number; bucket95: number; bucket99: number }

/**
 * Minutes in the columns that are judged: requests, failures, and requests whose bucket lies above
 * their operation's thresholds. What is not among `compared` is one operation.
 */
export class ColumnsBuilder {
  readonly #compared: ReadonlySet<string>
  readonly #thresholds: ReadonlyMap<string, LatencyThresholds>
  /** Only what has rows gets a place. */
  readonly #shown = new Map<string, Shown>()
  /** Of the names seen last. */
  #operations: readonly string[] = []
  #own: Shown[] = []
  #rows = 0
  #columns = emptyColumns(256)

  constructor(compared: readonly string[], thresholds: readonly LatencyThresholds[]) {
    this.#compared = new Set(compared)
    this.#thresholds = new Map(thresholds.map((threshold) => [threshold.operation, threshold]))
  }

  get rows(): number {
    return this.#rows
  }

  add({ minute, operations, failures, ends, buckets, requests }: JudgedMinute, arm: 0 | 1): void {
    if (operations !== this.#operations) {
      this.#operations = operations
      this.#own = operations.map((operation) => this.#shownAs(operation))
    }
    this.#makeRoom(operations.length)
    const columns = this.#columns
    for (let operation = 0, at = 0; operation < operations.length; operation++) {
      const { place, bucket50, bucket95, bucket99 } = this.#own[operation]!
      let all = 0
      let slow50 = 0
      let slow95 = 0
      let slow99 = 0
      for (const end = ends[operation]!; at < end; at++) {
        const bucket = buckets[at]!
        const count = requests[at]!
        all += count
        if (bucket > bucket50) slow50 += count
        if (bucket > bucket95) slow95 += count
        if (bucket > bucket99) slow99 += count
      }
      const row = this.#rows++
      columns.minute[row] = minute
      columns.operation[row] = place
      columns.arm[row] = arm
      columns.requests[row] = all
      columns.failures[row] = failures[operation]!
      columns.slow50[row] = slow50
      columns.slow95[row] = slow95
      columns.slow99[row] = slow99
    }
  }

  #shownAs(operation: string): Shown {
    const name = this.#compared.has(operation) ? operation : OTHER
    const known = this.#shown.get(name)
    if (known !== undefined) return known
    const threshold = this.#thresholds.get(name)
    const fresh = {
      place: this.#shown.size,
      bucket50: threshold?.bucket50 ?? NEVER_SLOW,
      bucket95: threshold?.bucket95 ?? NEVER_SLOW,
      bucket99: threshold?.bucket99 ?? NEVER_SLOW,
    }
    this.#shown.set(name, fresh)
    return fresh
  }

  #makeRoom(more: number): void {
    const needed = this.#rows + more
    if (needed <= this.#columns.minute.length) return
    // A little at a time: the largest are tens of megabytes.
    const larger = emptyColumns(Math.ceil(needed * 1.3))
    for (const name of COLUMNS) larger[name].set(this.#columns[name])
    this.#columns = larger
  }

  /** Views of what is kept: they stay as they are when more is added. */
  columns(): MinuteColumns {
    const { minute, operation, arm, requests, failures, slow50, slow95, slow99 } = this.#columns
    const rows = this.#rows
    return {
      operations: [...this.#shown.keys()],
      minute: minute.subarray(0, rows),
      operation: operation.subarray(0, rows),
      arm: arm.subarray(0, rows),
      requests: requests.subarray(0, rows),
      failures: failures.subarray(0, rows),
      slow50: slow50.subarray(0, rows),
      slow95: slow95.subarray(0, rows),
      slow99: slow99.subarray(0, rows),
    }
  }
}

const COLUMNS = [
  'minute',
  'operation',
  'arm',
  'requests',
  'failures',
  'slow50',
  'slow95',
  'slow99',
] as const

function emptyColumns(length: number): Omit<MinuteColumns, 'operations'> {
  return {
    minute: new Int32Array(length),
    operation: new Uint16Array(length),
    arm: new Uint8Array(length),
    requests: new Float64Array(length),
    failures: new Float64Array(length),
    slow50: new Float64Array(length),
    slow95: new Float64Array(length),
    slow99: new Float64Array(length),
  }
}
