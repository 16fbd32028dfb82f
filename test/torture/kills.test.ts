import { expect, test } from 'vitest'
import { runKills } from './kills.ts'
import { quick } from './quick.ts'

test('what was acknowledged before a kill of collector, engine or both is stored once', async () => {
  const { figures, failures } = await runKills(
    ['collector', 'engine', 'both'],
    quick({ times: 5 }),
    { pauseMs: [500, 3000] },
  )
  expect(failures).toEqual([])
  expect(figures['acknowledged']).toBeGreaterThan(1000)
  expect(figures).toMatchObject({ lost: 0, doubled: 0, collectorKills: 3 })
}, 400_000)
