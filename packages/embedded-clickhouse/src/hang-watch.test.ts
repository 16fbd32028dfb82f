import { expect, test } from 'vitest'
import { hangs, type Look } from './hang-watch.ts'

const everyMs = 10_000

/** An answer, then misses, with so much processor time used between one look and the next. */
function silence(misses: number, cpuMsEach: number | undefined): Look[] {
  return Array.from({ length: misses + 1 }, (_, i) => ({
    atMs: i * everyMs,
    answered: i === 0,
    cpuMs: cpuMsEach === undefined ? undefined : i * cpuMsEach,
  }))
}

test.each([
  { what: 'five misses of an idle engine', looks: silence(5, 0), hung: false },
  { what: 'six misses of an idle engine', looks: silence(6, 0), hung: true },
  { what: 'six misses of a busy engine', looks: silence(6, 9_000), hung: false },
  { what: 'five minutes of a busy engine', looks: silence(31, 9_000), hung: true },
  { what: 'six misses where nobody tells the time', looks: silence(6, undefined), hung: false },
  { what: 'five minutes where nobody tells the time', looks: silence(31, undefined), hung: true },
  { what: 'an engine that answered', looks: silence(0, 0), hung: false },
  { what: 'no look at all', looks: [], hung: false },
])('$what: $hung', ({ looks, hung }) => {
  expect(hangs(looks)).toBe(hung)
})
