const CHUNK = 2 ** 21
const WORD = 2 ** 32

/**
 * Nanoseconds since 1970 as two 32-bit words, without a bigint: a load that changes a million times a
 * second cannot afford one each.
 *
 * @param ms whole
 * @param ns added to it, 0 ≤ ns < 2^52
 */
export function nanosWords(ms: number, ns: number): { low: number; high: number } {
  // ms × 10^6 exceeds what a number holds exactly, each half of it does not.
  const upper = Math.floor(ms / CHUNK) * 1_000_000 // counts 2^21 ns
  const lower = (ms % CHUNK) * 1_000_000 + ns
  const rest = (upper % 2048) * CHUNK + lower
  return { low: rest % WORD, high: Math.floor(upper / 2048) + Math.floor(rest / WORD) }
}
