import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rankSuspects, splitOf } from './suspects.ts'
import type { SuspectFacts } from './suspects.ts'

const AT_MS = Date.UTC(2026, 0, 5, 14)
const MINUTE_MS = 60_000

function suspect(facts: Partial<SuspectFacts> & { minutesBefore?: number }): SuspectFacts {
  const { minutesBefore = 0, ...rest } = facts
  return {
    kind: 'release',
    changedMs: AT_MS - minutesBefore * MINUTE_MS,
    split: 'unknown',
    path: 'same_service',
    code: 'none',
    ...rest,
  }
}

test.each([
  {
    name: 'everything speaks against it',
    facts: suspect({ split: 'only_new', code: 'changed_file' }),
    score: 1,
  },
  { name: 'a release of the service, at the time', facts: suspect({}), score: 0.675 },
  {
    name: 'ten minutes before',
    facts: suspect({ minutesBefore: 10 }),
    score: 0.35 / Math.E + 0.325,
  },
  {
    name: 'four minutes after',
    facts: suspect({ minutesBefore: -4 }),
    score: 0.35 * Math.exp(-0.4) + 0.325,
  },
  { name: 'a direct callee', facts: suspect({ path: 'direct_callee' }), score: 0.63 },
  { name: 'a shared flag', facts: suspect({ kind: 'flag', path: 'elsewhere' }), score: 0.54 },
])('$name', ({ facts, score }) => {
  expect(rankSuspects(AT_MS, [facts])[0]?.score).toBeCloseTo(score, 12)
})

test.each([
  { name: 'an hour and a minute before', facts: suspect({ minutesBefore: 61 }) },
  { name: 'six minutes after', facts: suspect({ minutesBefore: -6 }) },
  { name: 'a release whose neighbour moved too', facts: suspect({ split: 'both' }) },
  { name: 'below the score', facts: suspect({ minutesBefore: 55, path: 'elsewhere' }) },
])('no suspect: $name', ({ facts }) => {
  expect(rankSuspects(AT_MS, [facts])).toEqual([])
})

test('the release that alone moved comes before a nearer flag', () => {
  const release = suspect({ minutesBefore: 6, split: 'only_new' })
  const flag = suspect({ kind: 'flag', minutesBefore: 1 })
  expect(rankSuspects(AT_MS, [flag, release]).map(({ facts }) => facts)).toEqual([release, flag])
})

test('a change nearer in time is never the lesser suspect', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 59, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (far, part) => {
        const [near] = rankSuspects(AT_MS, [
          suspect({ minutesBefore: far * part, split: 'only_new' }),
        ])
        const [away] = rankSuspects(AT_MS, [suspect({ minutesBefore: far, split: 'only_new' })])
        expect(near!.score).toBeGreaterThanOrEqual(away!.score)
      },
    ),
  )
})

const flat = (value: number) => Array.from({ length: 6 }, (_, k) => value + 0.01 * (k % 2))

test.each([
  { old: [0, 0], young: 1, change: 1, split: 'only_new' },
  { old: [0, 1], young: 1, change: 1, split: 'both' },
  { old: [0, 0], young: 0, change: 1, split: 'unknown' },
  { old: [0, 0], young: -1, change: -1, split: 'only_new' },
])('old $old, new $young: $split', ({ old, young, change, split }) => {
  const sides = { oldBefore: flat(old[0]!), oldAfter: flat(old[1]!), newAfter: flat(young), change }
  expect(splitOf(sides)).toBe(split)
  expect(splitOf({ ...sides, oldAfter: [0, 0] })).toBe('unknown')
})
