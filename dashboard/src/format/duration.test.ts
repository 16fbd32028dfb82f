import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDurationInterval, formatDuration, formatLag } from './duration.ts'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test.each([
  [null, '–'],
  [0, '0'],
  [812, '812 ns'],
  [41_800, '41.8 µs'],
  [412_000_000, '412 ms'],
  [999_600_000, '1 s'],
  [1_050_000_000, '1.05 s'],
  [0.4, '0.4 ns'],
])('writes %s ns as %s', (durationNs, text) => {
  expect(plain(formatDuration(durationNs))).toBe(text)
})

test('keeps at most three digits below 1000 s', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 9.99e11, noNaN: true }), (durationNs) => {
      const [number = ''] = plain(formatDuration(durationNs)).split(' ')
      expect(number.replace('.', '').replace(/^0+/, '').length).toBeLessThanOrEqual(3)
    }),
  )
})

test.each([
  [4, '4 s'],
  [312, '5 min'],
  [7200, '2 h'],
  [260_000, '3 d'],
])('writes a lag of %s s as %s', (seconds, text) => {
  expect(plain(formatLag(seconds))).toBe(text)
})

test.each([
  [-2e6, 18e6, '−2 to +18 ms'],
  [0, 1.25e9, '0 to +1.25 s'],
  [-400e3, -1e3, '−400 to −1 µs'],
])('a difference of %d to %d ns has its signs and one unit', (low, high, text) => {
  expect(formatDurationInterval(low, high).replaceAll('\u00a0', ' ')).toBe(text)
})
