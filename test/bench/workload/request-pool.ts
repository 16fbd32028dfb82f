import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { checkRequest } from '@aftermath/otlp/check'
import { writeRequestFile } from '../load/request-file.ts'
import { generateTraceRequests, type TraceRequest } from './trace-requests.ts'

/**
 * Requests made once and sent again and again, in one order: number n is request n modulo their
 * count. Both sides of a pair take the same numbers, hence the same bytes.
 */
export interface RequestPool extends AsyncDisposable {
  requests: readonly PooledRequest[]
  /** They lie here as they go over the wire. */
  file: string
  encoding: 'gzip' | 'identity'
  wireBytes: number
}

export interface PooledRequest extends TraceRequest {
  /** As the journal keeps it and the store sends it on. */
  storedBytes: Uint8Array
}

type Input = { seed: number; spans: number; encoding: 'gzip' | 'identity'; nowMs: number }

const RETENTION_MS = 30 * 86_400_000

/** @throws Error when the check would leave out a span: the counts would not hold */
export async function createRequestPool({ encoding, ...workload }: Input): Promise<RequestPool> {
  const requests = generateTraceRequests(workload).map((request) => {
    const limits = { receivedMs: workload.nowMs, retentionMs: RETENTION_MS }
    const checked = checkRequest('traces', request.bytes, limits)
    if (checked.outcome !== 'ok') throw new Error(checked.message)
    if (checked.items !== request.spans) throw new Error(checked.rejected?.message)
    return { ...request, storedBytes: checked.bytes }
  })
  const wire = requests.map(({ bytes }) => (encoding === 'gzip' ? gzipSync(bytes) : bytes))
  const dir = await mkdtemp(join(tmpdir(), 'aftermath-bench-'))
  const file = join(dir, 'requests')
  await writeRequestFile(file, wire)
  return {
    requests,
    file,
    encoding,
    wireBytes: wire.reduce((sum, { length }) => sum + length, 0),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  }
}

/** How many requests, from number `first` on, carry at least so many spans. */
export function requestsFor(
  requests: readonly Pick<TraceRequest, 'spans'>[],
  first: number,
  spans: number,
): number {
  let count = 0
  for (let sum = 0; sum < spans; count++) sum += requests[(first + count) % requests.length]!.spans
  return count
}
