import { setTimeout } from 'node:timers/promises'
import { FAULT_POINTS, FAULT_EXIT, type FaultPoint } from '../../collector/src/fault.ts'
import { seededRandom } from '../harness/random.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import { startSenders } from './senders.ts'
import { openVictim, type Victim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const ACTIONS = ['exit', 'throw', 'delay=700', 'errno=EIO', 'errno=ENOSPC'] as const
const NTH_MAX = 12
const HANG_MS_MAX = 60_000
/** EX_SOFTWARE: a bug's end. What threw was none, and whoever supervises starts it again. */
const EXIT_BUG = 70

type Case = { point: FaultPoint; action: string; nth: number }

export const faultPoints: Torture = {
  name: 'T9',
  what: `each of ${FAULT_POINTS.length} points of failure × ${ACTIONS.length} faults × first and random hit`,
  passesWhen: `0 lost, 0 doubled, no hang above ${HANG_MS_MAX / 1000} s`,
  run: runFaults,
}

/** @param cases default: all there are; `--times`: so many of them, by chance */
async function runFaults({ options, say, signal }: Given): Promise<Outcome> {
  const random = seededRandom(options.seed)
  const ledger = openLedger(options.seed)
  const all = allCases(random)
  const chosen = options.times === undefined ? all : shuffle(all, random).slice(0, options.times)
  await using victim = await openVictim({ projects: ['shop'] })
  await using senders = startSenders({ ledger, random: seededRandom(options.seed + 1), victim })

  const failures: string[] = []
  const figures = { faults: 0, ended: 0, engineKills: 0 }
  for (const [at, { point, action, nth }] of chosen.entries()) {
    signal.throwIfAborted()
    await victim.life.end('SIGKILL') // so that there is always something to recover
    const faults = `${point}:${action}:${nth}`
    victim.start({ NODE_ENV: 'test', AFTERMATH_FAULTS: faults })
    figures.faults++
    // Settling, cleaning and repair have work when inserts are cut off.
    const isOfStore = point.startsWith('store.') || point.startsWith('rollup.')
    figures.engineKills += await passLife(victim, isOfStore)
    if (!victim.life.hasEnded) failures.push(...(await untilTaking(victim, faults)))
    if (victim.life.hasEnded) {
      figures.ended++
      const { code } = await victim.life.end('SIGKILL')
      if (code !== FAULT_EXIT && code !== EXIT_BUG) {
        failures.push(`${faults} ended it with ${code}: ${victim.life.output().slice(-2000)}`)
      }
    }
    await victim.life.end('SIGKILL')
    victim.start()
    failures.push(...(await untilTaking(victim, `the start behind ${faults}`)))
    if (victim.life.hasEnded) {
      failures.push(`the start behind ${faults} ended: ${victim.life.output().slice(-2000)}`)
    }
    if (at % 10 === 9) say(`${at + 1} of ${chosen.length} faults`)
  }
  await senders.stop()
  const verified = await conclude({ victim, ledger, quietMsMax: 15 * 60_000 })
  return {
    figures: { ...figures, ...verified.figures },
    failures: [...failures, ...verified.failures],
  }
}

function allCases(random: () => number): Case[] {
  return FAULT_POINTS.flatMap((point) => {
    const actions = point === 'journal.write' ? [...ACTIONS, 'short'] : ACTIONS
    return actions.flatMap((action) => [
      { point, action, nth: 1 },
      { point, action, nth: 2 + Math.floor(random() * NTH_MAX) },
    ])
  })
}

/** From when it takes requests, or has ended before. @returns engines killed */
async function passLife(victim: Victim, withKill: boolean): Promise<number> {
  await victim.taking(HANG_MS_MAX).catch(() => {}) // looked at again afterwards
  const endsMs = performance.now() + (withKill ? 5000 : 2500)
  let kills = 0
  while (performance.now() < endsMs && !victim.life.hasEnded) {
    await setTimeout(100)
    const pid = withKill && kills === 0 ? victim.enginePid() : undefined
    if (pid === undefined || performance.now() < endsMs - 2500) continue
    process.kill(pid, 'SIGKILL')
    kills++
  }
  return kills
}

async function untilTaking(victim: Victim, faults: string): Promise<string[]> {
  try {
    await victim.taking(HANG_MS_MAX)
    return []
  } catch {
    if (victim.life.hasEnded) return [] // its code is looked at
    return [`after ${faults} nothing was taken for a minute: ${victim.life.output().slice(-2000)}`]
  }
}

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((one) => ({ one, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one)
}
