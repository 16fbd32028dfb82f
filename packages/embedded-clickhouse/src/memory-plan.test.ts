import { expect, test } from 'vitest'
import { planMemory } from './memory-plan.ts'

const gib = 2 ** 30

test('a machine of 4 GiB gives the engine 1.8 GiB', () => {
  expect(planMemory({ machineBytes: 4 * gib }).engineBytes).toBe(Math.floor(1.8 * gib))
})

test('what is asked for goes before what the machine has', () => {
  expect(planMemory({ machineBytes: 64 * gib, engineBytesMax: gib }).engineBytes).toBe(gib)
})

test('all caches together take at most a tenth of it', () => {
  const { engineBytes, textIndexCacheBytes, ...caches } = planMemory({ machineBytes: 4 * gib })
  const single = Object.values(caches).reduce((sum, bytes) => sum + bytes, 0)
  expect(single + 3 * textIndexCacheBytes).toBeLessThanOrEqual(engineBytes / 10)
})
