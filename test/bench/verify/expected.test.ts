import { expect, test } from 'vitest'
import {
  compareMarks,
  countItems,
  differences,
  expectedMarks,
  expectedTotals,
  type Sent,
  type TotalsByMark,
  type TotalsByRelease,
} from './expected.ts'

const block = (version: string, items: number) => ({
  table: 'otel_traces',
  service: 'cart',
  version,
  items,
  errors: 1,
  sum: 10,
  checksum: 7,
  rolledUp: 2,
  rolledUpErrors: 1,
})
const request = (...blocks: ReturnType<typeof block>[]) => ({
  kind: 'traces' as const,
  items: blocks.reduce((sum, { items }) => sum + items, 0),
  blocks,
  samples: [],
})
const requests = [request(block('1', 3), block('2', 5)), request(block('1', 4))]
const load = (more: Partial<Sent> = {}): Sent => ({
  requests,
  acknowledged: [0, 1, 2],
  unknown: [],
  isPatched: false,
  ...more,
})

test('a request counts as often as it was acknowledged', () => {
  expect(expectedTotals([load()]).get('otel_traces cart 1')).toEqual({
    items: 10,
    errors: 3,
    sum: 30n,
    checksum: 21n,
    rolledUp: 6,
    rolledUpErrors: 3,
  })
  expect(countItems([load()])).toBe(20)
})

test('bytes that are sent as they are share the mark of their place, patched ones have their own', () => {
  expect([...expectedMarks([load()]).sure]).toEqual([
    ['traces 0', { items: 16, sum: 40 }],
    ['traces 1', { items: 4, sum: 10 }],
  ])
  expect([...expectedMarks([load({ isPatched: true })]).sure.keys()]).toEqual([
    'traces 0',
    'traces 1',
    'traces 2',
  ])
})

const whole: TotalsByMark = expectedMarks([load({ isPatched: true })]).sure

test.each<[string, (marks: TotalsByMark) => void, RegExp | undefined]>([
  ['nothing, when all is there', () => {}, undefined],
  ['a request that is lost', (marks) => marks.delete('traces 1'), /traces 1: nothing instead of 4/],
  [
    'a request that is there twice while another is lost',
    (marks) => {
      marks.delete('traces 0')
      marks.set('traces 2', { items: 16, sum: 40 })
    },
    /traces 0: nothing[\s\S]*traces 2: 16 items/,
  ],
  [
    'a request that nobody acknowledged',
    (marks) => marks.set('traces 9', { items: 1, sum: 1 }),
    /traces 9: 1 items, sum 1 instead of nothing/,
  ],
])('says %s', (_what, change, sentence) => {
  const stored = new Map(whole)
  change(stored)
  const { failures } = compareMarks([load({ isPatched: true })], stored)
  if (sentence === undefined) expect(failures).toEqual([])
  else expect(failures.join('\n')).toMatch(sentence)
})

test.each([
  { what: 'wholly', stored: { items: 8, sum: 20 }, landed: [0, 2], failures: 0 },
  { what: 'not at all', stored: undefined, landed: [0], failures: 0 },
  { what: 'in part', stored: { items: 3, sum: 20 }, landed: [0], failures: 1 },
])('a request without an answer may be stored $what', ({ stored, landed, failures }) => {
  const sent = load({ acknowledged: [0], unknown: [2], isPatched: true })
  const marks: TotalsByMark = new Map([['traces 0', { items: 8, sum: 20 }]])
  if (stored !== undefined) marks.set('traces 2', stored)
  const compared = compareMarks([sent], marks)
  expect(compared.failures).toHaveLength(failures)
  expect(compared.settled[0]!.acknowledged).toEqual(landed)
})

const expected = expectedTotals([load()])
const changed = (change: (totals: TotalsByRelease) => void) => {
  const totals = new Map([...expected].map(([release, figures]) => [release, { ...figures }]))
  change(totals)
  return totals
}

test.each<[string, (totals: TotalsByRelease) => void, RegExp]>([
  [
    'a lost span',
    (totals) => totals.get('otel_traces cart 1')!.items--,
    /items is 9 instead of 10/,
  ],
  ['a nanosecond more', (totals) => totals.get('otel_traces cart 1')!.sum++, /sum is 31/],
  [
    'a roll-up that counted twice',
    (totals) => (totals.get('otel_traces cart 2')!.rolledUp *= 2),
    /rolledUp is 8/,
  ],
  ['a release that is not there', (totals) => totals.delete('otel_traces cart 2'), /items is 0/],
])('says it of %s', (_what, change, sentence) => {
  expect(differences(expected, changed(change)).join('\n')).toMatch(sentence)
})
