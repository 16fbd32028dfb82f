import { expect, test } from 'vitest'
import { openMetrics } from '../../collector/src/observe/metrics.ts'
import { quick } from './quick.ts'
import { simulate } from './simulation/simulate.ts'
import { simulations } from './simulations.ts'

test('in 300 simulated worlds what was acknowledged is stored once, and what was refused is not', async () => {
  const { figures, failures } = await simulations.run(quick({ times: 300 }))
  expect(failures).toEqual([])
  // Worlds in which nothing happens would prove nothing.
  expect(figures['acknowledged']).toBeGreaterThan(5000)
  expect(figures['crashes']).toBeGreaterThan(300)
  for (const name of ['refused', 'unanswered', 'folded']) {
    expect(figures[name], name).toBeGreaterThan(50)
  }
}, 180_000)

test('a seed replays identically, and another one does not', async () => {
  const metrics = openMetrics('simulation')
  const digests = []
  for (const seed of [7, 7, 8]) digests.push((await simulate(seed, metrics)).digest)
  expect(digests[1]).toBe(digests[0])
  expect(digests[2]).not.toBe(digests[0])
})
