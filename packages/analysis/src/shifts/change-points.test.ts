import { expect, test } from 'vitest'
import { changePoints } from './change-points.ts'

/** Small deterministic wobble around a level. */
function level(value: number, length: number): number[] {
  return Array.from({ length }, (_, k) => value + 0.1 * Math.sin(k * 2.4))
}

test.each([
  { name: 'one step up', z: [...level(1, 20), ...level(2, 12)], at: [20] },
  {
    name: 'up and down again',
    z: [...level(1, 15), ...level(3, 10), ...level(1, 15)],
    at: [15, 25],
  },
  { name: 'no step', z: level(1, 40), at: [] },
  { name: 'a single outlier', z: [...level(1, 20), 9, ...level(1, 20)], at: [] },
  { name: 'a step of four points at the end', z: [...level(1, 20), ...level(2, 4)], at: [] },
  { name: 'two constant levels', z: [...Array(8).fill(0), ...Array(8).fill(1)], at: [8] },
  { name: 'a constant', z: Array(20).fill(5), at: [] },
  { name: 'nothing', z: [], at: [] },
])('finds the changes of: $name', ({ z, at }) => {
  expect(changePoints(z).map(({ index }) => index)).toEqual(at)
})
