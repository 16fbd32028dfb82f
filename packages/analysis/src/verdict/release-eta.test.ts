import { expect, test } from 'vitest'
import { etaMinutes, etaToHarmMinutes } from '../methods/eta-minutes.ts'
import { roundedUp } from './release-eta.ts'

test.each([
  [0.2, 1],
  [4.1, 5],
  [6, 10],
  [31, 45],
  [121, 180],
  [13_541, 13_560],
])('%f minutes are shown as %i', (minutes, shown) => {
  expect(roundedUp(minutes)).toBe(shown)
})

const healthy = { S: 0, W: 7500, V: 40, vPerMinute: 4, wPerMinute: 750, r: 16, alpha: 0.05 }

test('twice the traffic halves the wait, nearly', () => {
  const slow = etaMinutes({ ...healthy, W: 0, V: 0, mpe: 0.001 })!
  const fast = etaMinutes({ ...healthy, W: 0, V: 0, mpe: 0.001, vPerMinute: 8, wPerMinute: 1500 })!
  expect(fast / slow).toBeCloseTo(0.5, 1)
})

test('an effect of twice the minimum never ships by waiting', () => {
  expect(etaMinutes({ ...healthy, S: 15, mpe: 0.001 })).toBeNull()
})

test('harm is as far away as its effect is small', () => {
  const small = etaToHarmMinutes({ ...healthy, S: 5 })!
  const large = etaToHarmMinutes({ ...healthy, S: 20 })!
  expect(large).toBeLessThan(small)
  expect(etaToHarmMinutes({ ...healthy, S: -1 })).toBeNull()
})
