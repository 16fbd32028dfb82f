import { expect, test } from 'vitest'
import { countSpans, differences, expectedTotals, type TotalsByRelease } from './totals.ts'

const block = (version: string, spans: number) => ({
  service: 'cart',
  version,
  spans,
  errors: 1,
  durationNs: 10,
  rolledUp: 2,
  rolledUpErrors: 1,
})
const requests = [{ blocks: [block('1', 3), block('2', 5)] }, { blocks: [block('1', 4)] }]

test('a request counts as often as it was acknowledged', () => {
  const totals = expectedTotals(requests, [2, 1])
  expect(totals.get('cart 1')).toEqual({
    spans: 10,
    errors: 3,
    durationNs: 30n,
    rolledUp: 6,
    rolledUpErrors: 3,
  })
  expect(countSpans(totals)).toBe(20)
})

test('what was never acknowledged is not expected', () => {
  expect([...expectedTotals(requests, [0, 1]).keys()]).toEqual(['cart 1'])
})

const expected = expectedTotals(requests, [1, 1])
const stored = (change: (totals: TotalsByRelease) => void) => {
  const totals = new Map([...expected].map(([release, figures]) => [release, { ...figures }]))
  change(totals)
  return totals
}

test('the same totals differ nowhere', () => {
  expect(
    differences(
      expected,
      stored(() => {}),
    ),
  ).toEqual([])
})

test.each<[string, (totals: TotalsByRelease) => void, RegExp]>([
  ['a lost span', (totals) => totals.get('cart 1')!.spans--, /cart 1: spans is 6 instead of 7/],
  [
    'a duration of one nanosecond more',
    (totals) => totals.get('cart 1')!.durationNs++,
    /durationNs is 21/,
  ],
  [
    'a roll-up that counted twice',
    (totals) => (totals.get('cart 2')!.rolledUp *= 2),
    /rolledUp is 4/,
  ],
  ['a release that is not there', (totals) => totals.delete('cart 2'), /cart 2: spans is 0/],
  [
    'a release nobody sent',
    (totals) => totals.set('cart 9', { ...totals.get('cart 1')! }),
    /cart 9: spans is 7 instead of 0/,
  ],
])('says it of %s', (_what, change, sentence) => {
  expect(differences(expected, stored(change)).join('\n')).toMatch(sentence)
})
