import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../harness/random.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import { startSenders } from './senders.ts'
import { openVictim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

type Target = 'collector' | 'engine' | 'both'

/** The full form of each ends when both are reached, or when `--minutes` or `--times` says. */
const KILLS_MIN = 200
const ITEMS_MIN = 2_000_000
const KILLED_AT_START_SHARE = 0.2
const MORE_MS_MAX = 1000
/** After so many deaths much waits in the journal. */
const QUIET_MS_MAX = 40 * 60_000

const passesWhen = '0 lost, 0 doubled, roll-ups equal a recount'

export const killCollector: Torture = {
  name: 'T1',
  what: `kill -9 of the collector every 2 to 10 s, ${KILLS_MIN} times and ${ITEMS_MIN / 1e6} million items`,
  passesWhen,
  run: (given) => runKills(['collector'], given),
}

export const killEngine: Torture = {
  name: 'T2',
  what: 'kill -9 of the engine every 2 to 10 s, 10 minutes',
  passesWhen,
  run: (given) => runKills(['engine'], given, { minutes: 10 }),
}

export const killBoth: Torture = {
  name: 'T3',
  what: 'kill -9 of collector and engine at once every 2 to 10 s, 10 minutes',
  passesWhen,
  run: (given) => runKills(['both'], given, { minutes: 10 }),
}

type Form = { minutes?: number; pauseMs?: readonly [number, number] }

/** @param target what each kill hits; several: in turn */
export async function runKills(
  targets: readonly Target[],
  { options, say, signal }: Given,
  { minutes: fullMinutes, pauseMs: [pauseMsMin, pauseMsMax] = [2000, 10_000] }: Form = {},
): Promise<Outcome> {
  const random = seededRandom(options.seed)
  const ledger = openLedger(options.seed)
  await using victim = await openVictim({ projects: ['shop'] })
  await using senders = startSenders({
    ledger,
    random: seededRandom(options.seed + 1),
    victim,
    itemsPerSecondMax: 15_000,
    itemsPerRequestMax: 600,
  })

  const minutes = options.minutes ?? (options.times === undefined ? fullMinutes : undefined)
  const startedMs = performance.now()
  const kills = { collector: 0, engine: 0 }
  const isOver = (nth: number) => {
    if (minutes !== undefined) return performance.now() - startedMs > minutes * 60_000
    if (options.times !== undefined) return nth >= options.times
    return nth >= KILLS_MIN && ledger.totals().acknowledged >= ITEMS_MIN
  }
  for (let nth = 0; !isOver(nth); nth++) {
    await setTimeout(pauseMsMin + random() * (pauseMsMax - pauseMsMin), undefined, { signal })
    // Most die at work and some while they start, however slow the machine makes that.
    if (random() > KILLED_AT_START_SHARE) {
      await victim.taking()
      await setTimeout(random() * MORE_MS_MAX, undefined, { signal })
    }
    const target = targets[nth % targets.length]! // within its length
    const enginePid = target === 'collector' ? undefined : victim.enginePid()
    if (enginePid !== undefined) {
      process.kill(enginePid, 'SIGKILL')
      kills.engine++
    }
    if (target !== 'engine') {
      await victim.life.end('SIGKILL')
      victim.start()
      kills.collector++
    }
    if (nth % 20 === 19) say(`${nth + 1} kills, ${ledger.totals().acknowledged} acknowledged`)
  }
  await senders.stop()
  const { figures, failures } = await conclude({ victim, ledger, quietMsMax: QUIET_MS_MAX })
  return {
    figures: { collectorKills: kills.collector, engineKills: kills.engine, ...figures },
    failures,
  }
}
