import { expect, test } from 'vitest'
import { batchAgeMsOf } from './limits.ts'

test.each([
  { open: 1, ageMs: 1000 },
  { open: 10, ageMs: 1000 },
  { open: 50, ageMs: 5000 },
])('of $open open batches each is closed after $ageMs ms', ({ open, ageMs }) => {
  expect(batchAgeMsOf({ batchAgeMs: 1000, batchesPerAge: 10 }, open)).toBe(ageMs)
})
