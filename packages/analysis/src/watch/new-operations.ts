import { eBH } from '../methods/e-bh.ts'
import { minimumEffect } from '../signals/measures.ts'
import { BASELINE, CANDIDATE, MATCHED } from '../counts/minute-columns.ts'
import type { MinuteCounts } from '../counts/minute-counts.ts'
import { THETAS } from './minute-terms.ts'
import type { Policy } from '../policy/policy.ts'
import type { Reference } from '../baseline/reference.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** An operation that only the release has: nothing to compare it with. */
export type NewOperation = {
  operation: string
  requests: number
  failures: number
  /** ln of the e-value against 'fails at most so often'. */
  logE: number
  /** The failure rate it is held to. */
  allowedRate: number
  failing: boolean
}

/** Operations folded together for being many are no operation. */
const FOLDED = '(other)'

/**
 * Operations that the release has and its baseline has not, neither in the reference nor beside it.
 * They may fail several times as often as the service did; beyond that engine B tells, with the
 * allowed rate in the place of the baseline's.
 */
export class NewOperations {
  readonly #watched: WatchedOperation[]
  readonly #allowedRate: number
  readonly #phi: number
  readonly #fdr: number

  constructor(operations: string[], reference: Reference | null, policy: Policy) {
    const errors = reference?.measures.errors.pooled
    const p0 = errors?.p0 ?? 0
    // A service without failures allows as many as would not matter.
    const rate = Math.max(p0, minimumEffect('errors', p0, policy))
    this.#allowedRate = policy.newOperationFactor * rate
    this.#phi = errors?.phi ?? 1
    this.#fdr = policy.operationsFdr
    const known = new Set(reference?.operations)
    const untold = reference === null || this.#allowedRate >= 1
    this.#watched = untold
      ? []
      : operations.flatMap((operation, index) => {
          return known.has(operation) || operation === FOLDED
            ? []
            : [new WatchedOperation(operation, index, this.#allowedRate)]
        })
  }

  /** Adds a judged minute. */
  add({ arms }: MinuteCounts): void {
    for (const operation of this.#watched) {
      const { index } = operation
      const had = arms[BASELINE].requests[index]! + arms[MATCHED].requests[index]!
      if (had > 0) operation.isNew = false
      const candidate = arms[CANDIDATE]
      if (operation.isNew) operation.add(candidate.requests[index]!, candidate.errors[index]!)
    }
  }

  /** Those seen so far, in the order of names. */
  get seen(): NewOperation[] {
    const seen = this.#watched.filter(({ isNew, requests }) => isNew && requests > 0)
    const logE = seen.map((operation) => operation.logE(this.#phi))
    // Doubles end near e^709, and the test only compares with K/α.
    const e = logE.map((value) => Math.exp(Math.min(600, value)))
    const failing = new Set(eBH({ e, alpha: this.#fdr }))
    return seen.map(({ operation, requests, failures }, k) => ({
      operation,
      requests,
      failures,
      logE: logE[k]!,
      allowedRate: this.#allowedRate,
      failing: failing.has(k),
    }))
  }

  /** Names of those that fail more than they may. */
  get failing(): string[] {
    const some = this.#watched.some(({ isNew, failures, requests }) => {
      return isNew && failures > this.#allowedRate * requests
    })
    if (!some) return []
    return this.seen.flatMap(({ operation, failing }) => (failing ? [operation] : []))
  }
}

class WatchedOperation {
  readonly operation: string
  readonly index: number
  isNew = true
  requests = 0
  failures = 0
  readonly #sums = new Float64Array(THETAS.length)
  readonly #best = new Float64Array(THETAS.length)
  readonly #perRequest: number[]

  constructor(operation: string, index: number, allowedRate: number) {
    this.operation = operation
    this.index = index
    this.#perRequest = THETAS.map((theta) => Math.log1p(allowedRate * (theta - 1)))
  }

  add(requests: number, failures: number): void {
    if (requests <= 0) return
    this.requests += requests
    this.failures += failures
    for (const [k, theta] of THETAS.entries()) {
      const ratio = failures * Math.log(theta) - requests * this.#perRequest[k]!
      this.#sums[k]! += ratio
      if (ratio > this.#best[k]!) this.#best[k] = ratio
    }
  }

  /** Without its single best minute, as everywhere: one bad minute is no verdict. */
  logE(phi: number): number {
    const sum = new LogSum()
    for (const k of THETAS.keys()) {
      sum.add((this.#sums[k]! - this.#best[k]!) / phi, 1 / THETAS.length)
    }
    return sum.log
  }
}
