import { expect, test } from 'vitest'
import { incidentSentence } from './incident-words.ts'
import type { ToldShift, ToldSuspect } from './incident-words.ts'

const errors: ToldShift = {
  service: 'checkout',
  signal: 'error_rate',
  operation: null,
  before: 0.003,
  after: 0.012,
  label: 'shift',
}
const slow: ToldShift = {
  ...errors,
  signal: 'latency_p95',
  operation: 'POST /pay',
  before: 180e6,
  after: 240e6,
}
const release: ToldSuspect = {
  kind: 'release',
  service: 'checkout',
  name: '2.4.0',
  minutesBefore: 3,
}

test.each<[ToldShift[], ToldSuspect[], string]>([
  [
    [slow, errors],
    [release],
    'checkout: errors went from 0.3 % to 1.2 %. 1 more shifted with it. Suspect: checkout 2.4.0, 3 minutes before.',
  ],
  [
    [slow],
    [],
    'checkout, POST /pay: p95 latency went from 180 ms to 240 ms. No recorded change explains it.',
  ],
  [
    [{ ...slow, label: 'moved' }],
    [{ kind: 'flag', service: null, name: 'new-pricing', minutesBefore: 0 }],
    'checkout, POST /pay: p95 latency went from 180 ms to 240 ms. It only moved between operations. Suspect: flag new-pricing, at the same time.',
  ],
  [
    [errors],
    [{ ...release, minutesBefore: -2 }],
    'checkout: errors went from 0.3 % to 1.2 %. Suspect: checkout 2.4.0, 2 minutes after.',
  ],
])('%#', (shifts, suspects, sentence) => {
  expect(incidentSentence(shifts, suspects)).toBe(sentence)
})
