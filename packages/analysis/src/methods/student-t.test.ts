import betainc from '@stdlib/math-base-special-betainc'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { betaQuantile, incompleteBeta } from './incomplete-beta.ts'
import { studentTPValue } from './student-t.ts'

test('the incomplete beta agrees with an independent implementation', () => {
  const shape = fc.double({ min: 0.5, max: 60, noNaN: true })
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), shape, shape, (x, a, b) => {
      return Math.abs(incompleteBeta(x, a, b) - betainc(x, a, b)) < 1e-10
    }),
  )
})

test('a quantile of the beta distribution is where its share is', () => {
  const shape = fc.double({ min: 1, max: 200, noNaN: true })
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), shape, shape, (p, a, b) => {
      return Math.abs(incompleteBeta(betaQuantile(p, a, b), a, b) - p) < 1e-9
    }),
  )
})

test.each([
  { t: 12.706, degrees: 1, p: 0.05 },
  { t: 2.228, degrees: 10, p: 0.05 },
  { t: 3.646, degrees: 30, p: 0.001 },
])('gives the tabulated $p for $t on $degrees degrees of freedom', ({ t, degrees, p }) => {
  expect(studentTPValue(t, degrees)).toBeCloseTo(p, 4)
  expect(studentTPValue(-t, degrees)).toBe(studentTPValue(t, degrees))
})
