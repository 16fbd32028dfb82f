import { expect, test } from 'vitest'
import { joinBlocks } from './join-blocks.ts'

const requests = [3, 4, 5, 20].map((spans) => ({ spans, storedBytes: Uint8Array.of(spans) }))
const sizes = (blocks: Uint8Array[][]) => blocks.map((block) => block.map(([spans]) => spans))

test('blocks carry as many rows as fit, in the order of the requests', () => {
  expect(sizes(joinBlocks(requests, 0, 3, 8))).toEqual([[3, 4], [5]])
})

test('a request that is larger than a block has one to itself', () => {
  expect(sizes(joinBlocks(requests, 2, 2, 8))).toEqual([[5], [20]])
})

test('after the last request comes the first again', () => {
  expect(sizes(joinBlocks(requests, 3, 3, 100))).toEqual([[20, 3, 4]])
})
