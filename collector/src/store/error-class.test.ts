import { expect, test } from 'vitest'
import { errorClassOf, errorCodeOf } from './error-class.ts'

test.each([
  { code: undefined, attempts: 1000, expected: 'retry' }, // no answer
  { code: 241, attempts: 0, expected: 'retry' }, // MEMORY_LIMIT_EXCEEDED
  { code: 444, attempts: 0, expected: 'poison' }, // PROTOBUF_BAD_CAST
  { code: 60, attempts: 0, expected: 'held' }, // UNKNOWN_TABLE
  { code: 4242, attempts: 0, expected: 'retry' }, // unknown to us
  { code: 4242, attempts: 5, expected: 'poison' },
])('code $code after $attempts attempts is $expected', ({ code, attempts, expected }) => {
  expect(errorClassOf(code, attempts)).toBe(expected)
})

test.each([
  [Object.assign(new Error('x'), { code: '60' }), 60],
  [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), undefined],
  [new Error('x'), undefined],
  ['text', undefined],
])('reads the number of %o', (error, code) => {
  expect(errorCodeOf(error)).toBe(code)
})
