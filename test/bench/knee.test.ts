import { expect, test } from 'vitest'
import { findKnee } from './knee.ts'

test.each([30_000, 77_000, 155_000])('finds %d spans/s within a few per cent', async (limit) => {
  const asked: number[] = []
  const knee = await findKnee({
    low: 20_000,
    high: 160_000,
    steps: 6,
    holds: async (rate) => {
      asked.push(rate)
      return rate <= limit
    },
  })
  expect(knee).toBeLessThanOrEqual(limit)
  expect(limit / knee).toBeLessThan(1.04)
  expect(asked).toHaveLength(6)
})
