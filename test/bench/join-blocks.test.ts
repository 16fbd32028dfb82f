import { expect, test } from 'vitest'
import { joinBlocks, type Block } from './join-blocks.ts'

const requests = [3, 4, 5, 20].map((items) => ({ items, bytes: Uint8Array.of(items) }))
const sizes = (blocks: Block[]) => blocks.map(({ pieces }) => pieces.map(([items]) => items))

test('blocks carry as many rows as fit, in the order of the requests', () => {
  const blocks = joinBlocks(requests, 0, 3, 8)
  expect(sizes(blocks)).toEqual([[3, 4], [5]])
  expect(blocks.map(({ rows }) => rows)).toEqual([7, 5])
})

test('a request that is larger than a block has one to itself', () => {
  expect(sizes(joinBlocks(requests, 2, 2, 8))).toEqual([[5], [20]])
})

test('after the last request comes the first again', () => {
  expect(sizes(joinBlocks(requests, 3, 3, 100))).toEqual([[20, 3, 4]])
})
