import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../../collector/test/project.ts'
import { openRequestPool } from '../workload/request-pool.ts'
import type { Sent } from './expected.ts'
import { verifyStored, type AskRows } from './verify.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const ask: AskRows = async (query) => (await project.read(query)).map((row) => Object.values(row))

test.each(['traces', 'logs', 'metrics'] as const)(
  '%s that are stored once are verified, one that is stored twice is not',
  async (kind) => {
    const pool = await openRequestPool({ kind, seed: 5, items: 3000, encoding: 'identity' })
    const stored = await pool.readStored()
    const sent: Sent = {
      requests: pool.requests,
      acknowledged: stored.map((_bytes, index) => index),
      unknown: [],
      isPatched: false,
    }
    await project.store(kind, stored)
    expect(await verifyStored(ask, [sent])).toEqual([])

    await project.store(kind, [stored[0]!], 2n)
    expect((await verifyStored(ask, [sent])).join('\n')).toMatch(`Request ${kind} 0: `)
  },
)
