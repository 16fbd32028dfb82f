import { openMetrics } from '../../collector/src/observe/metrics.ts'
import { simulate } from './simulation/simulate.ts'
import type { Torture } from './torture.ts'

const SEEDS = 10_000
const FAILURES_SHOWN = 20

export const simulations: Torture = {
  name: 'T19',
  what: `${SEEDS.toLocaleString('en')} simulated lives of journal and store: disk, clock, network and engine follow from a seed`,
  passesWhen:
    'acknowledged once, unanswered at most once, refused never; a seed replays identically',
  async run({ options, say, signal }) {
    const metrics = openMetrics('simulation')
    const seeds = options.times ?? SEEDS
    const figures: Record<string, number> = { seeds, failed: 0 }
    const failures: string[] = []
    for (let seed = options.seed; seed < options.seed + seeds; seed++) {
      signal.throwIfAborted()
      const simulated = await simulate(seed, metrics)
      const wrong = [...simulated.failures]
      if (seed % 100 === 0 && (await simulate(seed, metrics)).digest !== simulated.digest) {
        wrong.push('it does not replay')
      }
      for (const [name, value] of Object.entries(simulated.figures)) {
        figures[name] = (figures[name] ?? 0) + value
      }
      if (wrong.length > 0) figures['failed']!++
      for (const what of wrong.slice(0, FAILURES_SHOWN - failures.length)) {
        failures.push(`seed ${seed}: ${what}`)
      }
      if ((seed - options.seed) % 1000 === 999) {
        say(`${seed - options.seed + 1} seeds, ${figures['failed']} with failures`)
      }
    }
    return { figures, failures }
  },
}
