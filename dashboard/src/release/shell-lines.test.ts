import { expect, test } from 'vitest'
import { quoted, rollBackLines } from './shell-lines.ts'

test.each([
  ['checkout', 'checkout'],
  ['shop@2.4.0+7', 'shop@2.4.0+7'],
  ['$(rm -rf ~)', "'$(rm -rf ~)'"],
  ["it's", "'it'\\''s'"],
  ['a\nrm -rf ~', "'arm -rf ~'"],
  ['', "''"],
])('writes %j as a word that a shell cannot run', (text, word) => {
  expect(quoted(text)).toBe(word)
})

test('names the release to go back to where there is one', () => {
  const lines = rollBackLines({
    service: 'checkout',
    environment: 'production',
    baseline: { version: '2.3.9' },
  })
  expect(lines).toContain('--version 2.3.9')
})
