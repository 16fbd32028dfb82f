import { expect, test } from 'vitest'
import { countTests } from './test-count.mjs'

test.each([
  { what: 'all passed', passed: 3, failed: 0, code: 0, counts: { passed: 3, failed: 0 } },
  { what: 'one failed', passed: 2, failed: 1, code: 1, counts: { passed: 2, failed: 1 } },
  { what: 'a file did not load', passed: 3, failed: 0, code: 1, counts: { passed: 3, failed: 1 } },
])('$what', ({ passed, failed, code, counts }) => {
  const report = { numPassedTests: passed, numFailedTests: failed }
  expect(countTests({ report, code })).toEqual(counts)
})

test('a run that died without a report failed', () => {
  expect(countTests({ report: undefined, code: 137 })).toEqual({ passed: 0, failed: 1 })
})
