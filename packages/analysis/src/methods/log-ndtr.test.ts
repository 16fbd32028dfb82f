import logcdf from '@stdlib/stats-base-dists-normal-logcdf'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { logNdtr } from './log-ndtr.ts'

test.each([-37, -20, -9.99, -5, -3.001, -3, -2.999, -1, 0, 0.3, 2.999, 3, 3.001, 5, 8])(
  'agrees with an independent implementation at %f',
  (z) => {
    const expected = logcdf(z, 0, 1)
    expect(Math.abs(logNdtr(z) - expected)).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected)))
  },
)

test('rises with z, over the whole range of doubles that matters', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 30, noNaN: true }), (z) => {
      const value = logNdtr(z)
      return Number.isFinite(value) && value <= 0 && value <= logNdtr(z + 0.01 + Math.abs(z) * 1e-9)
    }),
  )
})
