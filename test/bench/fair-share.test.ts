import { expect, test } from 'vitest'
import { fairRate } from './fair-share.ts'

const measured = { items: 1000, wallMs: 10_000, cores: 2 }

test.each([
  { what: 'a load that costs nothing', loadCpuMs: 0, rate: 100 },
  { what: 'a load that took a tenth of a core of two', loadCpuMs: 1000, rate: 100 * (2 / 1.9) },
  { what: 'a load that took more than the correction may make good', loadCpuMs: 9000, rate: 110 },
  { what: 'a load that took every core', loadCpuMs: 20_000, rate: 110 },
])('corrects for $what', ({ loadCpuMs, rate }) => {
  expect(fairRate({ ...measured, loadCpuMs })).toBeCloseTo(rate, 9)
})
