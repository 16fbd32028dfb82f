/**
 * What to do after an insert failed and none of its rows are there.
 *
 * `retry`: the world's fault, try again for ever. `poison`: the data's fault, split until the culprit
 * stands alone. `held`: neither the data nor the moment is at fault, a person is needed; the queue waits.
 */
export type ErrorClass = 'retry' | 'poison' | 'held'

// Numbers of ClickHouse's ErrorCodes. Texts change between releases, numbers do not.
const POISON = new Set([
  6, 26, 27, 32, 33, 36, 38, 41, 53, 69, 70, 72, 117, 131, 190, 321, 349, 436, 444, 469,
])
const HELD = new Set([
  16, 40, 47, 60, 62, 74, 76, 81, 107, 115, 164, 192, 194, 228, 246, 271, 291, 497, 516,
])
const RETRY = new Set([
  159, 160, 198, 201, 202, 203, 209, 210, 216, 225, 236, 241, 242, 243, 252, 279, 285, 286, 289,
  290, 319, 373, 389, 394, 425, 439, 499, 692, 999, 1000,
])

/** Attempts that an unknown code gets before it counts as poison: no code may block for ever. */
const UNKNOWN_ATTEMPTS_MAX = 5

/** @param code undefined when there was no answer at all */
export function errorClassOf(code: number | undefined, attempts: number): ErrorClass {
  if (code === undefined || RETRY.has(code)) return 'retry'
  if (POISON.has(code)) return 'poison'
  if (HELD.has(code)) return 'held'
  return attempts < UNKNOWN_ATTEMPTS_MAX ? 'retry' : 'poison'
}

/** ClickHouse's error number, where the error carries one. */
export function errorCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  const code = Number(error.code)
  return Number.isInteger(code) && code > 0 ? code : undefined
}
