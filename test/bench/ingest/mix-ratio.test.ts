import { expect, test } from 'vitest'
import { mixRatio } from './mix-ratio.ts'

const requests = [
  { kind: 'traces', items: 60 },
  { kind: 'logs', items: 40 },
] as const
const alone = { traces: 30, logs: 40, metrics: 1 }

test.each([
  { mixed: 100 / 3, ratio: 1 }, // 60 ÷ 30 + 40 ÷ 40 seconds
  { mixed: 50 / 3, ratio: 0.5 },
])('$mixed a second is $ratio of one after the other', ({ mixed, ratio }) => {
  expect(mixRatio(mixed, requests, alone)).toBeCloseTo(ratio, 12)
})
