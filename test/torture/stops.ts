import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../harness/random.ts'
import { conclude } from './conclude.ts'
import { openLedger } from './ledger.ts'
import { startSenders } from './senders.ts'
import { openVictim } from './victim.ts'
import type { Given, Outcome, Torture } from './torture.ts'

const STOPS = 100
const STOP_MS_MAX = 35_000

export const stop: Torture = {
  name: 'T4',
  what: `SIGTERM under load, ${STOPS} times`,
  passesWhen: `exit 0 within ${STOP_MS_MAX / 1000} s each time, 0 lost, 0 doubled`,
  async run({ options, say, signal }: Given): Promise<Outcome> {
    const random = seededRandom(options.seed)
    const ledger = openLedger(options.seed)
    await using victim = await openVictim({ projects: ['shop'] })
    await using senders = startSenders({ ledger, random: seededRandom(options.seed + 1), victim })
    const stopsMs: number[] = []
    const failures: string[] = []
    for (let nth = 0; nth < (options.times ?? STOPS); nth++) {
      // Now and then before the engine answers; never before it hears of signals.
      if (random() < 0.8) await victim.ready()
      else await victim.taking()
      await setTimeout(random() * 3000, undefined, { signal })
      const { code, ms } = await victim.life.end('SIGTERM')
      stopsMs.push(ms)
      if (code !== 0) failures.push(`stop ${nth} ended with ${code}: ${victim.life.output()}`)
      if (ms > STOP_MS_MAX) failures.push(`stop ${nth} took ${Math.round(ms)} ms`)
      victim.start()
      if (nth % 20 === 19) say(`${nth + 1} stops, ${ledger.totals().acknowledged} acknowledged`)
    }
    await senders.stop()
    const verified = await conclude({ victim, ledger })
    return {
      figures: {
        stops: stopsMs.length,
        longestStopSeconds: Math.round(Math.max(...stopsMs) / 100) / 10,
        ...verified.figures,
      },
      failures: [...failures, ...verified.failures],
    }
  },
}
