import { expect, test } from 'vitest'
import { firstDifference } from './first-difference.ts'

const stored = JSON.stringify({ verdict: 'ship', evidence: [{ logE: 1 }, { logE: 2.5 }] })

test.each([
  ['the same text', stored, null],
  [
    'a number deep inside',
    stored.replace('2.5', '2.6'),
    { at: 'evidence.1.logE', stored: '2.5', replayed: '2.6' },
  ],
  ['a field that is missing', '{"verdict":"ship"}', { at: 'evidence', replayed: 'nothing' }],
  ['another order', '{"evidence":[{"logE":1},{"logE":2.5}],"verdict":"ship"}', { at: '' }],
])('%s', (_, replayed, expected) => {
  const found = firstDifference(stored, replayed)
  if (expected === null) expect(found).toBeNull()
  else expect(found).toMatchObject(expected)
})
