import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, formatLag } from './duration.ts'

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
