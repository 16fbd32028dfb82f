import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../../collector/test/project.ts'
import { createRequestPool } from '../workload/request-pool.ts'
import { expectedTotals } from './totals.ts'
import { verifyStored, type AskRows } from './verify.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

// The project's reader gives 64-bit integers as text.
const ask: AskRows = async (query) => {
  const rows = await project.read(query)
  return rows.map((row) =>
    Object.entries(row).map(([name, value]) =>
      /^(?:count|sum)/.test(name) ? Number(value) : value,
    ),
  )
}

test('what is stored once is verified, what is stored twice is not', async () => {
  const nowMs = Date.now()
  await using pool = await createRequestPool({ seed: 5, spans: 3000, encoding: 'identity', nowMs })
  const { requests } = pool
  const once = expectedTotals(
    requests,
    requests.map(() => 1),
  )
  await project.store(
    'traces',
    requests.map(({ storedBytes }) => storedBytes),
  )
  expect(await verifyStored(ask, once)).toEqual([])

  await project.store('traces', [requests[0]!.storedBytes], 2n)
  const { service, version } = requests[0]!.blocks[0]!
  expect((await verifyStored(ask, once)).join('\n')).toContain(`${service} ${version}: spans is`)
})
