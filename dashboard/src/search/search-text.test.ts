import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSearchText, writeSearchText } from './search-text.ts'

test('keeps texts that look like numbers as texts', () => {
  expect(parseSearchText('?live=1&env=2.0')).toEqual({ live: '1', env: '2.0' })
})

test('leaves out what has no value', () => {
  expect(writeSearchText({ env: undefined, q: '', live: '0' })).toBe('?live=0')
})

test('reads back any text it wrote', () => {
  const texts = fc.string({ minLength: 1, unit: 'grapheme' })
  fc.assert(
    fc.property(texts, texts, (q, env) => {
      expect(parseSearchText(writeSearchText({ q, env }))).toEqual({ q, env })
    }),
  )
})
