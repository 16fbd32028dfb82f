import { expect, test } from 'vitest'
import { runFuzz } from './fuzzed-requests.ts'
import { quick } from './quick.ts'

test('whatever is sent, over HTTP and gRPC, gets an answer, and what is accepted is stored', async () => {
  const { failures, figures } = await runFuzz(quick({ times: 2000 }))
  expect(failures).toEqual([])
  expect(figures['http 200']).toBeGreaterThan(100)
  expect(figures['grpc 0']).toBeGreaterThan(30)
}, 180_000)
