import { expect, test } from 'vitest'
import { run } from './vectors.ts'
import type { VectorCase } from './vectors.ts'
import cases from './vectors.json' with { type: 'json' }

const numbered = (cases as (VectorCase & { note: string })[]).map((each, number) => {
  return { ...each, name: `${each.fn} #${number}: ${each.note}` }
})

test.each(numbered)('$name', ({ fn, input, expected, tol }) => {
  expect(distance(run(fn, input), expected)).toBeLessThanOrEqual(tol)
})

test('an unknown function is named in the error', () => {
  expect(() => run('mannWhitney', {})).toThrow('no function mannWhitney')
})

/** Largest deviation, relative above 1; infinite where the shapes differ. */
function distance(got: unknown, expected: unknown): number {
  if (typeof expected === 'number' && typeof got === 'number') {
    return Math.abs(got - expected) / Math.max(1, Math.abs(expected))
  }
  if (expected === null) return got === null || got === undefined ? 0 : Infinity
  if (typeof expected !== 'object' || typeof got !== 'object' || got === null) return Infinity
  const keys = Object.keys(expected)
  if (Array.isArray(expected) && keys.length !== Object.keys(got).length) return Infinity
  const fields = got as Record<string, unknown>
  return Math.max(
    0,
    ...keys.map((key) => distance(fields[key], (expected as Record<string, unknown>)[key])),
  )
}
