/** One look at the engine: did it answer, and how much processor time has it used so far? */
export interface Look {
  atMs: number
  answered: boolean
  cpuMs: number | undefined // where the system does not say
}

const missesMax = 6
const idleShare = 0.05 // of a core: a waiting engine uses 0.3 %
const silentMsMax = 5 * 60_000

/**
 * Whether an engine hangs: it missed six looks while it did nothing, or has been silent for five
 * minutes whatever it did. A busy engine may be late.
 *
 * @param looks all since the last answer, that one included, oldest first
 */
export function hangs(looks: readonly Look[]): boolean {
  const last = looks.at(-1)
  const misses = looks.filter((look) => !look.answered)
  const first = misses[0]
  if (last === undefined || first === undefined || last.answered) return false
  const silentMs = last.atMs - first.atMs
  if (silentMs >= silentMsMax) return true
  if (misses.length < missesMax || first.cpuMs === undefined || last.cpuMs === undefined)
    return false
  return last.cpuMs - first.cpuMs < idleShare * silentMs
}
