import { expect, test } from 'vitest'
import { connectionFaults } from './connection-faults.ts'
import { halfway } from './halfway.ts'
import { poison } from './poison.ts'
import { quick } from './quick.ts'

test('faults between collector and ClickHouse lose nothing and double nothing', async () => {
  const { figures, failures } = await connectionFaults.run(quick({ times: 60 }))
  expect(failures).toEqual([])
  expect(figures['acknowledged']).toBeGreaterThan(1000)
}, 400_000)

test('poison alone lies in dead letters, and what is held for no fault of its own resumes', async () => {
  const { failures } = await poison.run(quick({ times: 1 }))
  expect(failures).toEqual([])
}, 400_000)

test('a roll-up that was cut off, or whose repair was, equals a recount afterwards', async () => {
  const { failures } = await halfway.run(quick({ times: 3 }))
  expect(failures).toEqual([])
}, 400_000)
