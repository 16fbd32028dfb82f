import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SequenceSet } from './sequence-set.ts'

test('a sequence is new once, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(3))), (entries) => {
      const set = new SequenceSet()
      const seen = new Set<number>()
      for (const [sequence, segment] of entries) {
        expect(set.add(sequence, segment)).toBe(!seen.has(sequence))
        seen.add(sequence)
      }
    }),
  )
})

test('holes are what is missing between the borders', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (found) => {
      const set = new SequenceSet()
      for (const sequence of found) set.add(sequence, 1)
      const missing = set
        .holes({ sequence: 1, segment: 1 }, { sequence: 41, segment: 2 })
        .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
      const all = Array.from({ length: 40 }, (_, i) => i + 1)
      expect(missing).toEqual(all.filter((sequence) => !found.includes(sequence)))
    }),
  )
})

test('a hole names the segments on both sides', () => {
  const set = new SequenceSet()
  set.add(1, 10)
  set.add(2, 10)
  set.add(5, 12)
  expect(set.holes({ sequence: 1, segment: 10 }, { sequence: 6, segment: 13 })).toEqual([
    { first: 3, last: 4, after: 10, before: 12 },
  ])
})
