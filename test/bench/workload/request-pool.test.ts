import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readRequestFile } from '../load/request-file.ts'
import { createRequestPool, requestsFor } from './request-pool.ts'

const workload = { seed: 3, spans: 1000, nowMs: Date.UTC(2026, 0, 5, 12) }

test.each(['gzip', 'identity'] as const)('the file holds the requests as %s', async (encoding) => {
  await using pool = await createRequestPool({ ...workload, encoding })
  const wire = await readRequestFile(pool.file)
  const inflated = wire.map((bytes) => (encoding === 'gzip' ? gunzipSync(bytes) : bytes))
  expect(inflated.map((bytes) => Buffer.from(bytes).toString('base64'))).toEqual(
    pool.requests.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
  )
})

test.each([
  { first: 0, spans: 5, count: 1 },
  { first: 0, spans: 6, count: 2 },
  { first: 2, spans: 8, count: 2 },
  { first: 1, spans: 28, count: 6 },
])('$count requests from number $first on carry $spans spans', ({ first, spans, count }) => {
  const requests = [{ spans: 5 }, { spans: 2 }, { spans: 7 }]
  expect(requestsFor(requests, first, spans)).toBe(count)
})
