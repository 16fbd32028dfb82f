import { expect, test } from 'vitest'
import { judge } from './budget.ts'
import { findRegressions } from './find-regressions.ts'

const committed = [
  { id: 'C1.gzip', value: 0.85 },
  { id: 'C4', value: 3 },
  { id: 'P8', value: 1.05 },
]

test.each([
  { what: 'as it was', results: [judge('C1.gzip', 0.85, [0.85])], says: [] },
  { what: 'a little worse', results: [judge('C1.gzip', 0.79, [0.79])], says: [] },
  {
    what: 'below its floor',
    results: [judge('C1.gzip', 0.6, [0.6])],
    says: ['C1.gzip is 0.6 ratio: its floor is 0.7.'],
  },
  {
    what: 'worse each time',
    results: [judge('C1.gzip', 0.75, [0.74, 0.75, 0.77])],
    says: ['C1.gzip is 0.75 ratio: committed was 0.85.'],
  },
  {
    what: 'worse but once',
    results: [judge('C1.gzip', 0.75, [0.74, 0.75, 0.84])],
    says: [],
  },
  {
    what: 'slower',
    results: [judge('C4', 3.5, [3.3, 3.5, 3.6])],
    says: ['C4 is 3.5 ratio: committed was 3.'],
  },
  {
    what: 'counted, not timed',
    results: [judge('P8', 1.1, [1.1])],
    says: ['P8 is 1.1 ratio: committed was 1.05.'],
  },
  { what: 'never committed', results: [judge('C2', 0.76, [0.76])], says: [] },
])('$what', ({ results, says }) => {
  expect(findRegressions(results, committed)).toEqual(says)
})
