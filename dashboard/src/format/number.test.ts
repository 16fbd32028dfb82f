import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatPoints,
  formatPointsInterval,
  formatRate,
  formatShare,
} from './number.ts'

/** No-break spaces as plain ones, so that expectations can be read. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test.each([
  [null, '–'],
  [0, '0 %'],
  [0.003, '0.3 %'],
  [0.0123, '1.2 %'],
  [0.00004, '< 0.01 %'],
  [0.99999, '> 99.99 %'],
  [1, '100 %'],
])('writes the rate %s as %s', (rate, text) => {
  expect(plain(formatRate(rate))).toBe(text)
})

test.each([
  [0.009, '+0.9 points'],
  [-0.0005, '−0.05 points'],
  [0.00002, '+<0.01 points'],
  [0, '0 points'],
])('writes the difference %s in points: %s', (difference, text) => {
  expect(plain(formatPoints(difference))).toBe(text)
})

test('writes an interval with both signs and one unit', () => {
  expect(plain(formatPointsInterval(0.004, 0.009))).toBe('+0.4 to +0.9 points')
})

test.each([
  [0.004, '< 1 %'],
  [0.996, '> 99 %'],
  [0.38, '38 %'],
])('writes the share %s as %s', (share, text) => {
  expect(plain(formatShare(share))).toBe(text)
})

test.each([
  [9999, '9,999'],
  [48_210, '48.2K'],
])('counts %s in full below 10,000 and compactly from there: %s', (count, text) => {
  expect(formatCompact(count)).toBe(text)
})

test.each([
  [512, '512 B'],
  [13_002_342, '12.4 MiB'],
])('writes %s bytes as %s', (bytes, text) => {
  expect(plain(formatBytes(bytes))).toBe(text)
})

test('never shows a rate as 0 or 100 % that is neither', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1 - 1e-12, noNaN: true }), (rate) => {
      expect(['0', '100']).not.toContain(plain(formatRate(rate)).replace(' %', ''))
    }),
  )
})
