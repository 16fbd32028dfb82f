import type { Moment } from './observe.ts'
import type { Limit, SimulatedScenario } from './scenario.ts'
import { minuteAt, reached, runsAbove } from './tally.ts'
import type { Tally } from './tally.ts'
import { minutesWords, percent, shareWords } from './words.ts'

export type Demand = { what: string; got: string; limit: string; reference: string; holds: boolean }

const names: Record<Moment, string> = {
  watch: 'watched',
  harmful: 'patch or roll back',
  rollBack: 'roll back',
  ship: 'ship',
  silent: 'said to be silent',
  cleared: 'suspected no more',
  e20: 'E ≥ 20',
  e1000: 'E ≥ 1000',
  e3333: '.3·E ≥ 1000',
  belowMinimum: 'upper bound below the minimum effect',
  intervalMisses: '95 % interval misses 0',
  naiveZ: 'z-test',
  rankTest: 'rank test',
  kayenta: 'Kayenta',
}

/** Every demand on a scenario, and what was got. */
export function demandsOf(scenario: SimulatedScenario, tally: Tally): Demand[] {
  if (tally.runs === 0) return []
  return [...scenario.limits.map((limit) => demandOf(limit, tally)), ...steadiness(scenario, tally)]
}

function demandOf(limit: Limit, tally: Tally): Demand {
  const what = names[limit.moment]
  const reference = limit.got ?? ''
  if ('medianMax' in limit) {
    const median = minuteAt(tally, limit.moment, 0.5)
    return {
      what,
      got: `${minutesWords(tally, limit.moment)} min`,
      limit: `median ≤ ${limit.medianMax} min`,
      reference: reference === '' ? '' : reference,
      holds: median !== undefined && median <= limit.medianMax,
    }
  }
  const within = 'withinMinutes' in limit ? limit.withinMinutes : undefined
  const runs = reached(tally, limit.moment, within)
  const got = `${runs === 0 ? '' : `${percent(runs / tally.runs)}: `}${shareWords(runs, tally.runs)}`
  if ('shareMin' in limit) {
    const span = within === undefined ? '' : ` within ${within} min`
    const holds = runs >= limit.shareMin * tally.runs - scatter(limit.shareMin, tally.runs)
    return { what, got, limit: `≥ ${percent(limit.shareMin)}${span}`, reference, holds }
  }
  const holds = runs <= limit.shareMax * tally.runs + scatter(limit.shareMax, tally.runs)
  return { what, got, limit: `≤ ${percent(limit.shareMax)}`, reference, holds }
}

/** Three standard errors, where fewer than 1,000 runs cannot tell better. */
function scatter(share: number, runs: number): number {
  return runs >= 1000 ? 0 : 3 * Math.sqrt(share * (1 - share) * runs)
}

/** At most one change of mind for every true change. */
function steadiness({ onset, ends, varies }: SimulatedScenario, tally: Tally): Demand[] {
  if (onset === undefined || varies) return []
  const again = runsAbove(tally.alarms, 1)
  const relieved = runsAbove(tally.reliefs, ends === undefined ? 0 : 1)
  const flapping = Math.max(again, relieved)
  return [
    {
      what: 'changes without a true change',
      got: shareWords(flapping, tally.runs),
      limit: '≤ 0 %',
      reference: '',
      holds: flapping === 0,
    },
  ]
}
