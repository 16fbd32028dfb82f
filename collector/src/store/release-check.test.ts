import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { openClients, type Clients } from '../clickhouse/connection.ts'
import { ReleaseCheck } from './release-check.ts'

let project: Project
let clients: Clients
beforeAll(async () => {
  project = await openProject()
  clients = openClients(inject('clickhouse'))
})
afterAll(async () => {
  await clients[Symbol.asyncDispose]()
  await project[Symbol.asyncDispose]()
})

test('lets go of what every table holds whole, and tells the table of what it does not', async () => {
  const insert = (table: string, batch: number, rows: number) =>
    project.insert(
      table,
      Array.from({ length: rows }, () => ({ _batch: batch })),
    )
  await insert('otel_metrics_sum', 1, 3)
  await insert('otel_metrics_gauge', 1, 2)
  await insert('otel_metrics_sum', 2, 3)
  await insert('otel_metrics_sum', 3, 4)

  const released: bigint[] = []
  const mismatched: string[] = []
  const check = new ReleaseCheck({
    clients,
    release: async ({ id }: { id: bigint }) => void released.push(id),
    mismatched: ({ id }, table) => void mismatched.push(`${id} ${table}`),
    failed: (error) => {
      throw error
    },
  })
  const table = (name: string, rows: number) => ({
    table: name,
    holds: (count: number) => count === rows,
  })
  const { database } = project
  const both = [table('otel_metrics_sum', 3), table('otel_metrics_gauge', 2)]
  for (const id of [1n, 2n, 3n]) check.add({ id, database, isInDoubt: false, tables: both })
  await check.finish()

  expect(released).toEqual([1n])
  expect(new Set(mismatched)).toEqual(
    new Set([
      '2 otel_metrics_gauge', // has none
      '3 otel_metrics_gauge',
      '3 otel_metrics_sum', // has one too many
    ]),
  )
})

test('checks again what could not be let go', async () => {
  await project.insert('otel_metrics_summary', [{ _batch: 4 }])
  let attempts = 0
  const check = new ReleaseCheck({
    clients,
    async release() {
      attempts++
      if (attempts === 1) throw new Error('the disk failed')
    },
    mismatched: () => {},
    failed: () => {},
  })
  const tables = [{ table: 'otel_metrics_summary', holds: (count: number) => count === 1 }]
  check.add({ id: 4n, database: project.database, isInDoubt: false, tables })
  await expect.poll(() => attempts, { timeout: 10_000 }).toBe(2)
})

test('what may come twice is counted later, and stays in the journal when the end comes first', async () => {
  await project.insert('otel_metrics_summary', [{ _batch: 5 }, { _batch: 6 }])
  const released: bigint[] = []
  const check = new ReleaseCheck({
    clients,
    release: async ({ id }: { id: bigint }) => void released.push(id),
    mismatched: () => {},
    failed: () => {},
  })
  const tables = [{ table: 'otel_metrics_summary', holds: (count: number) => count === 1 }]
  const work = (id: bigint) => ({ id, database: project.database, isInDoubt: true, tables })

  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    check.add(work(5n))
    await vi.advanceTimersByTimeAsync(4000)
    check.add(work(6n))
    await vi.advanceTimersByTimeAsync(1000)
  } finally {
    vi.useRealTimers()
  }
  await check.finish()
  expect(released).toEqual([5n])
})
