const FIRST_MS = 250
const LAST_MS = 30_000

/** Doubling pauses from 250 ms to 30 s, ± 20 % so that many waiters do not return together. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const pauseMs = Math.min(FIRST_MS * 2 ** Math.min(attempt, 20), LAST_MS)
  return pauseMs * (0.8 + 0.4 * random())
}
