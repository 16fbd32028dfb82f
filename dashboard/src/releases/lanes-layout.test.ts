import type { ReleaseRow } from '@aftermath/schemas/api/releases'
import { expect, test } from 'vitest'
import { layLanes } from './lanes-layout.ts'

const row = (version: string, deployedAt: string, more: Partial<ReleaseRow> = {}): ReleaseRow => ({
  service: 'checkout',
  environment: 'production',
  version,
  firstSeen: deployedAt,
  lastSeen: deployedAt,
  deployedAt,
  registered: true,
  implausible: null,
  share: 1,
  requests: 1,
  failures: 0,
  p95Ns: null,
  verdict: 'ship',
  severity: null,
  sentence: '',
  eta: null,
  spark: [],
  ...more,
})
const range = {
  fromMs: Date.parse('2026-03-04T00:00:00Z'),
  toMs: Date.parse('2026-03-04T10:00:00Z'),
}

test('lets each release run to the next deployment, the last to the end', () => {
  const [lane] = layLanes(
    [row('2.4.0', '2026-03-04T05:00:00Z'), row('2.3.9', '2026-03-03T00:00:00Z')],
    range,
  )
  expect(lane?.stretches.map(({ row: { version }, start, end }) => [version, start, end])).toEqual([
    ['2.3.9', 0, 0.5],
    ['2.4.0', 0.5, 1],
  ])
})

test('leaves out what was over before the range began', () => {
  const [lane] = layLanes(
    [row('2.3.8', '2026-03-01T00:00:00Z'), row('2.3.9', '2026-03-03T00:00:00Z')],
    range,
  )
  expect(lane?.stretches.map(({ row: { version } }) => version)).toEqual(['2.3.9'])
})

test('gives each environment a lane and implausible versions none', () => {
  const lanes = layLanes(
    [
      row('2.3.9', '2026-03-03T00:00:00Z'),
      row('2.4.1', '2026-03-04T01:00:00Z', { environment: 'staging' }),
      row('999.9.9', '2026-03-04T02:00:00Z', { implausible: 'far above every other version' }),
    ],
    range,
  )
  expect(lanes.map(({ environment }) => environment)).toEqual(['production', 'staging'])
})
