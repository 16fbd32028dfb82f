import { expect, test } from 'vitest'
import { TracesSearch } from '../search/search-schema.ts'
import { parseDuration } from './parse-duration.ts'

test.each([
  ['250ms', 250e6],
  ['1.5 s', 1.5e9],
  ['90µs', 90e3],
  ['2m', 120e9],
  ['7 ns', 7],
  ['', undefined],
  ['fast', undefined],
  ['1e9 s', undefined],
  ['-1 s', undefined],
])('reads %j', (text, durationNs) => {
  expect(parseDuration(text)).toBe(durationNs)
  expect(TracesSearch.min.safeParse(text).success).toBe(durationNs !== undefined)
})
