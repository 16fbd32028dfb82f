import { expect, test } from 'vitest'
import { judge } from './budget.ts'
import { renderResults } from './report.ts'

test.each([
  { value: 130_000, says: 'goal met' },
  { value: 100_000, says: 'short of the goal' },
  { value: 50_000, says: 'misses the floor' },
])('$value spans/s: $says', ({ value, says }) => {
  const lines = renderResults([judge('I1', value, [value])]).split('\n')
  expect(lines[1]).toContain(`${value / 1000},000 spans/s`)
  expect(lines[1]!.endsWith(says)).toBe(true)
})
