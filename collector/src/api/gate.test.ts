import type { VerdictState } from '@aftermath/schemas/verdict'
import { expect, test } from 'vitest'
import { decide } from './gate-routes.ts'

const which = { service: 'shop', version: '2' }
const report = (verdict: VerdictState, kind: 'concurrent' | 'none' = 'concurrent', code = 'x') => ({
  verdict,
  reasons: [{ code, sentence: '' }],
  baseline: { version: kind === 'none' ? null : '1', kind, from: null, to: null, why: '' },
})
const usual: VerdictState[] = ['roll_back', 'patch']

test.each<[VerdictState, VerdictState[], boolean, string]>([
  ['ship', usual, false, 'pass'],
  ['watch', usual, false, 'pass'],
  ['patch', usual, false, 'fail'],
  ['roll_back', usual, false, 'fail'],
  ['insufficient_data', usual, false, 'wait'],
  ['watch', ['roll_back', 'patch', 'watch'], false, 'fail'],
  ['patch', ['roll_back'], false, 'pass'],
  ['ship', usual, true, 'wait'], // stale
  ['roll_back', usual, true, 'fail'], // what is known to be bad stays bad
])('%s, failing on %s, stale %s: %s', (verdict, failOn, isStale, decision) => {
  expect(decide(report(verdict), failOn, isStale, which).decision).toBe(decision)
})

test('a service’s first release passes: a pipeline must be able to begin', () => {
  const first = report('insufficient_data', 'none', 'first_release')
  expect(decide(first, usual, false, which).decision).toBe('pass')
})

test('a version that was not seen waits, and says so', () => {
  const { decision, reasons } = decide(undefined, usual, false, which)
  expect(decision).toBe('wait')
  expect(reasons[0]).toMatchObject({ code: 'not_seen' })
})
