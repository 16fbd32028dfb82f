import { backoffMs } from '../backoff.ts'

/**
 * Whose fault a failed insert is.
 *
 * `retry`: the moment's, try for ever. `partition`: it has rows of too many days for one block.
 * `poison`: the data's. `fatal`: neither the data's nor the moment's, a person is needed.
 * `corruption`: the disk's. `other`: not known.
 */
export type ErrorClass = 'retry' | 'partition' | 'poison' | 'fatal' | 'corruption' | 'other'

// Numbers of ClickHouse's ErrorCodes. Texts change between releases, numbers do not.
const CLASSES: Readonly<Record<Exclude<ErrorClass, 'partition' | 'other'>, readonly number[]>> = {
  // 521: two inserts that are the first to bring a schema trip over each other in the engine's cache.
  retry: [
    159, 160, 198, 201, 202, 203, 209, 210, 216, 225, 236, 241, 242, 243, 252, 279, 285, 286, 289,
    290, 319, 373, 389, 394, 425, 439, 499, 521, 692, 999, 1000,
  ],
  poison: [6, 26, 27, 32, 33, 36, 38, 41, 53, 69, 70, 72, 117, 131, 190, 321, 349, 436, 444, 469],
  fatal: [16, 47, 60, 62, 81, 115, 164, 192, 194, 291, 497, 516],
  corruption: [40, 74, 76, 107, 228, 246, 271],
}

const CLASS_OF = new Map(
  Object.entries(CLASSES).flatMap(([name, codes]) =>
    codes.map((code) => [code, name as keyof typeof CLASSES] as const),
  ),
)

const TOO_MANY_PARTS = 252 // also for too many partitions in one insert: its text alone tells
export const MEMORY_LIMIT = 241
export const INSERT_WAS_DEDUPLICATED = 389

/** @param code undefined when there was no answer at all */
export function errorClassOf(code: number | undefined, message: string): ErrorClass {
  if (code === undefined) return 'retry'
  if (code === TOO_MANY_PARTS && /too many partitions/i.test(message)) return 'partition'
  return CLASS_OF.get(code) ?? 'other'
}

/** How often one unit failed, by what it tells; the failure at hand included. */
export interface Failures {
  /** Since something of it last succeeded. */
  inRow: number
  memory: number
  corruption: number
  other: number
  /** Times that the engine died while it took this. */
  crashes: number
}

export const noFailures = (): Failures => ({
  inRow: 0,
  memory: 0,
  corruption: 0,
  other: 0,
  crashes: 0,
})

/** What to do about a failure of which no row is stored. */
export type Plan =
  | { plan: 'retry'; waitMs: number } // the table's queue waits
  | { plan: 'later'; waitMs: number } // this one waits, the others go on
  | { plan: 'hold'; waitMs: number } // as retry, and a person is called
  | { plan: 'part' } // again, as one part per partition
  | { plan: 'split' }
  | { plan: 'bury' }

export const HELD_RETRY_MS = 30_000
const MEMORY_FAILURES_MAX = 3
const CORRUPTION_FAILURES_MAX = 3
const CRASHES_MAX = 3
// Five tries over five minutes: whatever the code, it does not block for ever.
const OTHER_FAILURES_MAX = 5
const OTHER_RETRY_MS = 75_000

export function planAfter(
  errorClass: ErrorClass,
  failures: Failures,
  random: () => number = Math.random,
): Plan {
  if (failures.crashes >= CRASHES_MAX) return { plan: 'bury' }
  const retry = { plan: 'retry', waitMs: backoffMs(failures.inRow - 1, random) } as const
  switch (errorClass) {
    case 'retry':
      return failures.memory >= MEMORY_FAILURES_MAX ? { plan: 'split' } : retry
    case 'partition':
      return { plan: 'part' }
    case 'poison':
      return { plan: 'split' }
    case 'fatal':
      return { plan: 'hold', waitMs: HELD_RETRY_MS }
    case 'corruption':
      return failures.corruption > CORRUPTION_FAILURES_MAX
        ? { plan: 'hold', waitMs: HELD_RETRY_MS }
        : retry
    case 'other':
      return failures.other < OTHER_FAILURES_MAX
        ? { plan: 'later', waitMs: OTHER_RETRY_MS }
        : { plan: 'split' }
  }
}

/** ClickHouse's error number, where the error carries one. */
export function errorCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  const code = Number(error.code)
  return Number.isInteger(code) && code > 0 ? code : undefined
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
