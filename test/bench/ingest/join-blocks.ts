import type { PooledRequest } from '../workload/request-pool.ts'

/** Rows of one insert: as many as the journal gives to a batch. */
const ROWS_MAX = 128_000

/**
 * Bodies of inserts, each the bytes of as many requests as fit: serialised protobuf messages, one
 * behind the other, are one message.
 */
export function joinBlocks(
  requests: readonly Pick<PooledRequest, 'spans' | 'storedBytes'>[],
  first: number,
  count: number,
  rowsMax = ROWS_MAX,
): Uint8Array[][] {
  const blocks: Uint8Array[][] = []
  let rows = Infinity
  for (let number = first; number < first + count; number++) {
    const { spans, storedBytes } = requests[number % requests.length]!
    if (rows + spans > rowsMax) {
      blocks.push([])
      rows = 0
    }
    blocks.at(-1)!.push(storedBytes)
    rows += spans
  }
  return blocks
}
