import { expect, test } from 'vitest'
import { valueFormat } from './format-value.ts'

test.each([
  ['s', false, 0.25, '250\u00a0ms'],
  ['ms', false, 1500, '1.5\u00a0s'],
  ['By', false, 2 ** 21, '2\u00a0MiB'],
  ['By', true, 1024, '1\u00a0KiB/s'],
  ['{order}', true, 1.5, '1.5/s'],
  ['s', true, 12, '12/s'],
  ['1', false, 0.5, '0.5'],
  ['%', false, 12.34, '12.3\u00a0%'],
  ['', false, 48_210, '48.2K'],
  ['Cel', false, -4, '-4\u00a0Cel'],
  ['1', false, 1e-9, '1.0e-9'],
])('writes values of %j (a second: %j) %d as %s', (unit, perSecond, value, text) => {
  expect(valueFormat(unit, perSecond)(value)).toBe(text)
})
