import { expect, test } from 'vitest'
import { faultPoints } from './faults.ts'
import { outage } from './outage.ts'
import { quick } from './quick.ts'
import { stop } from './stops.ts'

test('a stop under load ends with 0 in time and loses nothing', async () => {
  const { figures, failures } = await stop.run(quick({ times: 3 }))
  expect(failures).toEqual([])
  expect(figures['acknowledged']).toBeGreaterThan(0)
}, 400_000)

test('an engine that hangs is waited for in the journal', async () => {
  const { figures, failures } = await outage.run(quick({ minutes: 0.25 }))
  expect(failures).toEqual([])
  expect(figures['acknowledged']).toBeGreaterThan(1000)
}, 400_000)

test('failures at the points where they hurt lose nothing and hang nothing', async () => {
  const { figures, failures } = await faultPoints.run(quick({ times: 6 }))
  expect(failures).toEqual([])
  expect(figures['faults']).toBe(6)
}, 400_000)
