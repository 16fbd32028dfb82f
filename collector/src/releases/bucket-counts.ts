import type { OperationHistogram } from '@aftermath/analysis/latency/latency-thresholds'
import type { JudgedMinute } from './judged-minutes.ts'

/** What the operations beyond the largest {@link OPERATIONS_MAX} are called together. */
export const OTHER = '(other)'
const OPERATIONS_MAX = 300

/** Requests by operation and latency bucket, added up over minutes. */
export class BucketCounts {
  readonly #counts = new Map<string, Map<number, number>>()
  /** Of the names seen last. */
  #operations: readonly string[] = []
  #own: Map<number, number>[] = []

  /** Buckets of all operations. */
  get size(): number {
    return this.#counts.values().reduce((sum, counts) => sum + counts.size + 1, 1)
  }

  add({ operations, ends, buckets, requests }: JudgedMinute): void {
    if (operations !== this.#operations) {
      this.#operations = operations
      this.#own = operations.map((operation) => this.#of(operation))
    }
    for (let operation = 0, at = 0; operation < operations.length; operation++) {
      const counts = this.#own[operation]!
      for (const end = ends[operation]!; at < end; at++) {
        const bucket = buckets[at]!
        counts.set(bucket, (counts.get(bucket) ?? 0) + requests[at]!)
      }
    }
  }

  #of(operation: string): Map<number, number> {
    const known = this.#counts.get(operation)
    if (known !== undefined) return known
    const fresh = new Map<number, number>()
    this.#counts.set(operation, fresh)
    return fresh
  }

  /** Sorted; beyond the 300 operations with most requests the rest is one. */
  histograms(): OperationHistogram[] {
    const totals = [...this.#counts].map(([operation, counts]) => ({
      operation,
      requests: counts.values().reduce((sum, count) => sum + count, 0),
    }))
    const largest = totals
      .toSorted((a, b) => b.requests - a.requests || byBytes(a.operation, b.operation))
      .slice(0, OPERATIONS_MAX)
    const shown = new Set(largest.map(({ operation }) => operation))
    const folded = new Map<string, Map<number, number>>()
    for (const [operation, counts] of this.#counts) {
      if (shown.has(operation)) folded.set(operation, counts)
      else folded.set(OTHER, added(folded.get(OTHER), counts))
    }
    return [...folded]
      .toSorted(([a], [b]) => byBytes(a, b))
      .flatMap(([operation, counts]) =>
        [...counts]
          .toSorted(([a], [b]) => a - b)
          .map(([bucket, count]) => ({ operation, bucket, count })),
      )
  }
}

function added(sum: ReadonlyMap<number, number> | undefined, counts: ReadonlyMap<number, number>) {
  const both = new Map(sum)
  for (const [bucket, count] of counts) both.set(bucket, (both.get(bucket) ?? 0) + count)
  return both
}

/** As ClickHouse compares: JavaScript's own order differs beyond the basic plane. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
