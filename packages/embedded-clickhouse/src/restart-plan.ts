/** What to do after a death of the engine. */
export interface RestartPlan {
  down: boolean // it dies again and again: say so
  delayMs: number
}

const delayMsMin = 500
const delayMsMax = 30_000
const downDeaths = 5
const downWindowMs = 120_000

/** An engine that ran this long starts over with the shortest delay when it dies. */
export const stableMs = 120_000

/**
 * @param deathsMs times of the deaths since the engine was last stable, oldest first, the newest of
 * them just now
 * @param wasDown it was down already, and has not answered since
 */
export function planRestart(deathsMs: readonly number[], wasDown: boolean): RestartPlan {
  const latest = deathsMs.at(-1)
  const fifth = deathsMs.at(-downDeaths)
  const many = latest !== undefined && fifth !== undefined && latest - fifth <= downWindowMs
  if (wasDown || many) return { down: true, delayMs: delayMsMax }
  const delayMs = delayMsMin * 2 ** Math.max(0, deathsMs.length - 1)
  return { down: false, delayMs: Math.min(delayMs, delayMsMax) }
}
