import { expect, test } from 'vitest'
import { budget, judge, reaches, type RowId } from './budget.ts'

test.each(Object.keys(budget) as RowId[])('the goal of %s is beyond its floor', (id) => {
  expect(reaches(id, budget[id].goal, budget[id].floor)).toBe(true)
  expect(reaches(id, budget[id].floor, budget[id].goal)).toBe(false)
})

test.each([
  { id: 'I1', value: 60_000, pass: true },
  { id: 'I1', value: 59_999, pass: false },
  { id: 'F2', value: 2, pass: true },
  { id: 'F2', value: 2.1, pass: false },
] as const)('$id at $value passes: $pass', ({ id, value, pass }) => {
  expect(judge(id, value, [value]).pass).toBe(pass)
})

test('a result carries the range of what it stands for', () => {
  expect(judge('P4', 2, [3, 1, 2])).toMatchObject({ n: 3, min: 1, max: 3 })
})
