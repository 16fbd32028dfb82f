import { describe, expect, test } from 'vitest'
import { demandsOf } from './simulation/demands.ts'
import { observe } from './simulation/observe.ts'
import type { SimulatedScenario } from './simulation/scenario.ts'
import { scenarios } from './simulation/scenarios.ts'
import { addObservation, emptyTally } from './simulation/tally.ts'

const HOUR = 60

/**
 * A few runs of each situation, cut to half a day: `npm run simulate` makes as many as one likes, over
 * their whole life. Shares may scatter by three standard errors, medians of so
 * few runs by a factor of two.
 */
function brokenDemands(scenario: SimulatedScenario, runs: number): string[] {
  const minutesMax = Math.max(12 * HOUR, (scenario.onset ?? 0) + 8 * HOUR)
  const tally = emptyTally(scenario.id)
  for (let seed = 1; seed <= runs; seed += 1) {
    addObservation(tally, observe(scenario, 100_000 + seed, minutesMax), 'test')
  }
  const limits = scenario.limits
    .filter(
      (limit) => !('medianMax' in limit) || limit.medianMax < 6 * HOUR + (scenario.onset ?? 0),
    )
    .filter((limit) => !('shareMin' in limit) || (limit.withinMinutes ?? 0) < minutesMax)
    .map((limit) =>
      'medianMax' in limit ? { ...limit, medianMax: Math.ceil(limit.medianMax * 2) } : limit,
    )
  return demandsOf({ ...scenario, limits }, tally)
    .filter(({ holds }) => !holds)
    .map(({ what, got, limit }) => `${what}: ${got}, limit ${limit}`)
}

function ofGroup(group: SimulatedScenario['group']) {
  return scenarios
    .filter((scenario) => scenario.group === group)
    .map((scenario) => ({ scenario, name: scenario.name }))
}

describe('a release that changes nothing is left in peace, and ships in time', () => {
  test.each(ofGroup('healthy'))('$name', ({ scenario }) => {
    expect(brokenDemands(scenario, 4)).toEqual([])
  })
})

describe('a fault is named in time', () => {
  test.each(ofGroup('faults'))('$name', ({ scenario }) => {
    expect(brokenDemands(scenario, 4)).toEqual([])
  })
})

describe('what happens around a release is not its fault', () => {
  test.each(ofGroup('surroundings'))('$name', ({ scenario }) => {
    expect(brokenDemands(scenario, 3)).toEqual([])
  })
})
