import { expect, test } from 'vitest'
import { errorClassOf, errorCodeOf, noFailures, planAfter } from './error-class.ts'

test.each([
  { code: undefined, message: 'socket hang up', expected: 'retry' },
  { code: 241, message: 'memory limit', expected: 'retry' },
  { code: 252, message: 'Too many parts (3000)', expected: 'retry' },
  { code: 252, message: 'Too many partitions for single INSERT block', expected: 'partition' },
  { code: 389, message: 'deduplicated', expected: 'retry' },
  { code: 521, message: 'Cannot rename the cached schema', expected: 'retry' },
  { code: 444, message: 'PROTOBUF_BAD_CAST', expected: 'poison' },
  { code: 16, message: 'NO_SUCH_COLUMN_IN_TABLE', expected: 'fatal' },
  { code: 60, message: 'UNKNOWN_TABLE', expected: 'fatal' },
  { code: 497, message: 'ACCESS_DENIED', expected: 'fatal' },
  { code: 246, message: 'CORRUPTED_DATA', expected: 'corruption' },
  { code: 4242, message: 'from a later release', expected: 'other' },
])('code $code, "$message", is $expected', ({ code, message, expected }) => {
  expect(errorClassOf(code, message)).toBe(expected)
})

test.each([
  ['retry', { inRow: 1 }, { plan: 'retry', waitMs: 250 }],
  ['retry', { inRow: 4 }, { plan: 'retry', waitMs: 2000 }],
  ['retry', { inRow: 1000 }, { plan: 'retry', waitMs: 30_000 }],
  ['retry', { inRow: 2, memory: 2 }, { plan: 'retry', waitMs: 500 }],
  ['retry', { inRow: 3, memory: 3 }, { plan: 'split' }],
  ['retry', { inRow: 3, crashes: 3 }, { plan: 'bury' }],
  ['partition', { inRow: 1 }, { plan: 'part' }],
  ['poison', { inRow: 1 }, { plan: 'split' }],
  ['fatal', { inRow: 1 }, { plan: 'hold', waitMs: 30_000 }],
  ['corruption', { inRow: 3, corruption: 3 }, { plan: 'retry', waitMs: 1000 }],
  ['corruption', { inRow: 4, corruption: 4 }, { plan: 'hold', waitMs: 30_000 }],
  ['other', { inRow: 4, other: 4 }, { plan: 'later', waitMs: 75_000 }],
  ['other', { inRow: 5, other: 5 }, { plan: 'split' }],
] as const)('%s with failures %o: %o', (errorClass, failures, expected) => {
  expect(planAfter(errorClass, { ...noFailures(), ...failures }, () => 0.5)).toEqual(expected)
})

test('an unknown code is tried for five minutes', () => {
  let waitedMs = 0
  for (let other = 1; ; other++) {
    const plan = planAfter('other', { ...noFailures(), other })
    if (plan.plan !== 'later') break
    waitedMs += plan.waitMs
  }
  expect(waitedMs).toBeGreaterThanOrEqual(300_000)
})

test.each([
  [Object.assign(new Error('x'), { code: '60' }), 60],
  [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), undefined],
  [new Error('x'), undefined],
  ['text', undefined],
])('reads the number of %o', (error, code) => {
  expect(errorCodeOf(error)).toBe(code)
})
