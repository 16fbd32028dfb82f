import { expect, test } from 'vitest'
import { matchesOperation } from './matches-operation.ts'

test.each([
  ['GET /healthz', 'GET /healthz', true],
  ['GET /healthz', 'GET /healthz/deep', false],
  ['GET */healthz', 'GET /internal/healthz', true],
  ['GET */healthz', 'POST /internal/healthz', false],
  ['*', '', true],
  ['*health*', 'GET /health', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a*a', 'a', false],
  ['a*b*b', 'ab', false],
  ['GET /a.c', 'GET /abc', false],
])('%s and %s: %s', (pattern, operation, fits) => {
  expect(matchesOperation([pattern])(operation)).toBe(fits)
})

test('any of several is enough, none fits nothing', () => {
  expect(matchesOperation(['a', 'b*'])('bc')).toBe(true)
  expect(matchesOperation([])('a')).toBe(false)
})

test('a pattern of many stars takes no time', () => {
  const pattern = `${'a*'.repeat(140)}b`
  expect(matchesOperation([pattern])('a'.repeat(100_000))).toBe(false)
})
