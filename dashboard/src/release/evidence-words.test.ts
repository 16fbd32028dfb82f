import type { Evidence } from '@aftermath/schemas/verdict'
import { expect, test } from 'vitest'
import {
  armsText,
  conclusionText,
  exposureText,
  intervalText,
  signalName,
  statement,
  zoneText,
} from './evidence-words.ts'

const errors: Evidence = {
  signal: 'error_rate',
  scope: { operation: null, quantile: null, issue: null },
  unit: 'share',
  worse: 'higher',
  exposure: 'requests',
  candidate: { value: 0.012, n: 48_210 },
  baseline: { value: 0.003, n: 78_110 },
  estimate: 0.009,
  low: 0.004,
  high: 0.009,
  confidence: 0.95,
  minimumEffect: 0.001,
  logE: 11,
  weightedLogE: 10,
  conclusion: 'worse',
  needed: 0,
  quantileNs: null,
  counted: null,
}
const latency: Evidence = {
  ...errors,
  signal: 'latency',
  scope: { operation: null, quantile: 0.95, issue: null },
  low: -0.001,
  quantileNs: { candidate: 780e6, baseline: 412e6 },
}
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test('says how sure it is that errors rose, and by how much', () => {
  expect(plain(statement(errors))).toBe(
    'We are 95 % sure that the share of failing requests rose by between 0.4 and 0.9 points.',
  )
})

test('turns both ends round where the share fell', () => {
  expect(plain(statement({ ...errors, low: -0.009, high: -0.004 }))).toContain(
    'fell by between 0.4 and 0.9 points',
  )
})

test('claims no direction where the interval holds none', () => {
  expect(plain(statement(latency))).toBe(
    'We are 95 % sure that the change of the share of requests slower than the baseline’s p95 lies within −0.1 to +0.9 points.',
  )
})

test('has no statement without an interval', () => {
  expect(statement({ ...errors, low: null, high: null })).toBe(
    'Too little was seen for an interval.',
  )
})

test('names the zone in the unit of the effect', () => {
  expect(plain(zoneText(errors))).toBe('Changes below 0.1 points do not matter here.')
})

test('shows rates of errors and the quantile itself of latency', () => {
  expect(plain(armsText(errors))).toBe('0.3 % → 1.2 %')
  expect(plain(armsText(latency))).toBe('412 ms → 780 ms')
})

test('says what is missing before a signal may be judged', () => {
  expect(conclusionText({ ...errors, conclusion: 'unknown', needed: 1900 })).toBe(
    '1,900 more needed',
  )
})

test('counts what each signal is counted by, and shows its values in its own unit', () => {
  expect(exposureText(1, 'sessions')).toBe('1 session')
  expect(exposureText(48_210, 'requests')).toBe('48,210 requests')
  const memory: Evidence = {
    ...errors,
    signal: 'memory',
    unit: 'ratio',
    baseline: { value: 2 ** 28, n: 40 },
    candidate: { value: 2 ** 29, n: 40 },
    low: 1.9,
    high: 2.1,
  }
  expect(plain(armsText(memory))).toBe('256 MiB → 512 MiB')
  expect(plain(statement(memory))).toBe(
    'We are 95 % sure that the use of memory changed by a factor of ×1.9 to ×2.1.',
  )
  const apdex = { ...errors, signal: 'apdex' as const, unit: 'score' as const }
  expect(intervalText({ ...apdex, low: -0.051, high: -0.01 })).toBe('−0.051 to −0.01')
})

test('calls a signal that is newer than this page as it came', () => {
  const newer = { ...errors, signal: 'disk_full' } as unknown as Evidence // of a newer server
  expect(signalName(newer)).toBe('Disk full')
  expect(plain(armsText(newer))).toBe('0.3 % → 1.2 %')
})

test('writes a ratio as one', () => {
  expect(intervalText({ ...errors, unit: 'ratio', low: 1.1, high: 2.5 })).toBe('×1.1 to ×2.5')
})
