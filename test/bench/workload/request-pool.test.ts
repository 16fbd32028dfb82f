import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { checkRequest } from '@aftermath/otlp/check'
import { expect, test } from 'vitest'
import { patchRequest } from './patch.ts'
import { poolFiles, readFrames, unpackPatches } from './pool-files.ts'
import { openRequestPool, requestsFor } from './request-pool.ts'

const workload = { seed: 3, items: 1000 }

test.each([
  { encoding: 'gzip', inflate: gunzipSync },
  { encoding: 'zstd', inflate: zstdDecompressSync },
] as const)('the file holds the requests as $encoding', async ({ encoding, inflate }) => {
  const pool = await openRequestPool({ ...workload, encoding })
  const wire = await readFrames(poolFiles(pool.dir).wire)
  expect(wire.map((bytes) => inflate(bytes).toString('base64'))).toEqual(
    (await pool.readPlain()).map((bytes) => bytes.toString('base64')),
  )
  expect(wire.length).toBe(pool.requests.length)
})

test('the same workload is found again', async () => {
  const first = await openRequestPool({ ...workload, encoding: 'identity' })
  const again = await openRequestPool({ ...workload, encoding: 'identity' })
  expect(again.madeAtMs).toBe(first.madeAtMs)
})

test.each(['traces', 'logs', 'metrics'] as const)(
  'patched %s are of now, as many, and differ from each other',
  async (kind) => {
    const pool = await openRequestPool({ ...workload, kind, encoding: 'identity' })
    const [bytes] = await pool.readPlain()
    const [packed] = await readFrames(poolFiles(pool.dir).patches)
    const nowMs = pool.madeAtMs + 5 * 86_400_000
    const patched = [1, 2, 0xffffffff].map((number) => {
      const own = Buffer.from(bytes!)
      patchRequest(own, unpackPatches(packed!), number, nowMs)
      return own
    })
    const limits = { receivedMs: nowMs, retentionMs: 2 * 86_400_000 }
    for (const own of patched) {
      const checked = checkRequest(kind, own, limits)
      if (checked.outcome !== 'ok') throw new Error(checked.message)
      expect(checked).toMatchObject({ items: pool.requests[0]!.items, rejected: undefined })
      expect(checked.latestMs).toBeLessThanOrEqual(nowMs)
      expect(checked.latestMs).toBeGreaterThan(nowMs - 61_000)
    }
    expect(new Set(patched.map((own) => own.toString('base64'))).size).toBe(3)
  },
)

test.each([
  { first: 0, items: 5, count: 1 },
  { first: 0, items: 6, count: 2 },
  { first: 2, items: 8, count: 2 },
  { first: 1, items: 28, count: 6 },
])('$count requests from number $first on carry $items items', ({ first, items, count }) => {
  const requests = [{ items: 5 }, { items: 2 }, { items: 7 }]
  expect(requestsFor(requests, first, items)).toBe(count)
})
