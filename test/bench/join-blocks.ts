/** Rows of one insert: as many as the journal gives to a batch. */
const ROWS_MAX = 128_000

export interface Block {
  rows: number
  pieces: Uint8Array[]
}

/**
 * Bodies of inserts, each the bytes of as many requests as fit: serialised protobuf messages, one
 * behind the other, are one message. After the last request comes the first again.
 */
export function joinBlocks(
  requests: readonly { items: number; bytes: Uint8Array }[],
  first: number,
  count: number,
  rowsMax = ROWS_MAX,
): Block[] {
  const blocks: Block[] = []
  for (let number = first; number < first + count; number++) {
    const { items, bytes } = requests[number % requests.length]! // index < length
    let block = blocks.at(-1)
    if (block === undefined || block.rows + items > rowsMax) {
      block = { rows: 0, pieces: [] }
      blocks.push(block)
    }
    block.pieces.push(bytes)
    block.rows += items
  }
  return blocks
}
