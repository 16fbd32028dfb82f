import { strict as assert } from 'node:assert'
import { faultScenarios } from './faults.ts'
import { healthyScenarios } from './healthy.ts'
import type { SimulatedScenario } from './scenario.ts'
import { surroundingScenarios } from './surroundings.ts'

/** Every situation a verdict must get right. */
export const scenarios: SimulatedScenario[] = [
  ...healthyScenarios,
  ...faultScenarios,
  ...surroundingScenarios,
]

const byId = new Map(scenarios.map((scenario) => [scenario.id, scenario]))

export function scenarioOf(id: string): SimulatedScenario {
  const scenario = byId.get(id)
  assert(scenario !== undefined, `There is no scenario '${id}': ${[...byId.keys()].join(', ')}.`)
  return scenario
}
