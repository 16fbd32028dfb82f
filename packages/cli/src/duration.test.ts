import { expect, test } from 'vitest'
import { describeDuration, parseDurationMs } from './duration.ts'

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['30', 30_000],
  ['0s', 0],
  ['', undefined],
  ['m', undefined],
  ['-5m', undefined],
  ['1.5h', undefined],
  ['10 m', undefined],
  ['1d', undefined],
])('%s is %s ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms)
})

test.each([
  [-5, '0 s'],
  [45_400, '45 s'],
  [900_000, '15 min'],
])('%d ms reads %s', (ms, text) => {
  expect(describeDuration(ms)).toBe(text)
})
