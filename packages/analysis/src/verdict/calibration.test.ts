import type { DecisionAction } from '@aftermath/schemas/api/decisions'
import type { VerdictState } from '@aftermath/schemas/verdict'
import { describe, expect, test } from 'vitest'
import { calibrate, hotFixesOf, outcomeOf, type CheckedRelease } from './calibration.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const SAID_MS = 100 * DAY_MS
const LATER_MS = 200 * DAY_MS

function releaseOf(more: Partial<CheckedRelease>): CheckedRelease {
  const nothing = { told: [], decisions: [], rolledBackMs: [], hotFixedMs: [] }
  return { version: '2.4.0', firstSeenMs: SAID_MS - 10 * MINUTE_MS, ...nothing, ...more }
}

const told = (verdict: VerdictState, minutes = 6) => ({
  verdict,
  firstJudgedMs: SAID_MS,
  firstInputsUntilMs: SAID_MS - 10 * MINUTE_MS + minutes * MINUTE_MS,
})
const decided = (action: DecisionAction, days = 1) => ({ action, atMs: SAID_MS + days * DAY_MS })

describe('a release turned out', () => {
  test.each<{
    what: string
    was: Partial<CheckedRelease>
    nowMs?: number
    harmful: boolean | null
  }>([
    { what: 'harmful: rolled back', was: { rolledBackMs: [SAID_MS + DAY_MS] }, harmful: true },
    {
      what: 'harmless: rolled back later',
      was: { rolledBackMs: [SAID_MS + 8 * DAY_MS] },
      harmful: false,
    },
    { what: 'harmful: decided so', was: { decisions: [decided('patch')] }, harmful: true },
    { what: 'harmless: accepted', was: { decisions: [decided('accept')] }, harmful: false },
    {
      what: 'as the last decision says',
      was: { decisions: [decided('accept'), decided('roll_back', 2)] },
      harmful: true,
    },
    {
      what: 'harmful: accepted, and rolled back after all',
      was: { decisions: [decided('accept')], rolledBackMs: [SAID_MS + 2 * DAY_MS] },
      harmful: true,
    },
    {
      what: 'harmless: accepted, though a patch came',
      was: { decisions: [decided('accept')], hotFixedMs: [SAID_MS + DAY_MS] },
      harmful: false,
    },
    { what: 'harmful: hot-fixed', was: { hotFixedMs: [SAID_MS + DAY_MS] }, harmful: true },
    {
      what: 'open: held',
      was: { decisions: [decided('hold')] },
      nowMs: SAID_MS + DAY_MS,
      harmful: null,
    },
    { what: 'open for a week', was: {}, nowMs: SAID_MS + 7 * DAY_MS - 1, harmful: null },
    { what: 'harmless: a week of nothing', was: {}, nowMs: SAID_MS + 7 * DAY_MS, harmful: false },
  ])('$what', ({ was, nowMs = LATER_MS, harmful }) => {
    expect(outcomeOf(releaseOf(was), SAID_MS, nowMs).harmful).toBe(harmful)
  })
})

describe('a hot-fix', () => {
  const line = (...versions: string[]) =>
    versions.map((version, i) => ({ version, firstDeployedMs: i }))

  test.each([
    { versions: ['2.3.0', '2.4.0', '2.4.1'], of: '2.4.0', at: [2] },
    { versions: ['2.3.0', '2.4.0', '2.5.0', '2.4.1'], of: '2.4.0', at: [3] }, // of the old branch
    { versions: ['v2.3.0', 'v2.4.0', 'v2.4.1'], of: 'v2.4.0', at: [2] },
    { versions: ['2.3.0', '2.4.0', '2.5.0'], of: '2.4.0', at: [] },
    { versions: ['1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.0.5'], of: '1.0.4', at: [] }, // its usual step
    { versions: ['a1b2', 'c3d4'], of: 'a1b2', at: [] },
    { versions: ['2.4.1', '2.4.0'], of: '2.4.1', at: [] },
  ])('of $of among $versions: $at', ({ versions, of, at }) => {
    const releases = line(...versions)
    const release = releases.find(({ version }) => version === of)!
    expect(hotFixesOf(release, releases)).toEqual(at)
  })
})

test('a seeded ledger gives known counts', () => {
  const rolledBack = { rolledBackMs: [SAID_MS + DAY_MS] }
  const releases = [
    ...Array.from({ length: 11 }, (_, i) =>
      releaseOf({ told: [told('insufficient_data', 2), told('roll_back', 2 + i)], ...rolledBack }),
    ),
    releaseOf({ told: [told('roll_back')], decisions: [decided('accept')] }),
    ...Array.from({ length: 8 }, () => releaseOf({ told: [told('ship', 40)] })),
    releaseOf({ told: [told('ship', 40), told('watch')], ...rolledBack }),
    releaseOf({}), // never judged
  ]
  const { states, missed, enough, falseRollBacks } = calibrate(releases, 1000, LATER_MS)
  expect(
    states.map(({ verdict, checked, harmful, right }) => [verdict, checked, harmful, right]),
  ).toEqual([
    ['roll_back', 12, 11, 11],
    ['patch', 0, 0, 0],
    ['watch', 1, 1, null],
    ['insufficient_data', 11, 11, null],
    ['ship', 9, 1, 8],
  ])
  // Wilson 1927, z = 1.96: (0.9167 + 0.1601 ± 0.2239) / 1.3201
  expect(states[0]!.low).toBeCloseTo(0.6461, 4)
  expect(states[0]!.high).toBeCloseTo(0.9851, 4)
  expect(states[0]!.medianMinutes).toBe(7)
  expect(states[1]).toMatchObject({ low: null, high: null, medianMinutes: null })
  expect({ missed, enough }).toEqual({ missed: 1, enough: true })
  expect(falseRollBacks).toEqual({ healthyReleases: 9, expectedMax: 0.009, observed: 1 })
})

test('what is open is counted apart, and too few are said to be too few', () => {
  const releases = [releaseOf({ told: [told('ship')] })]
  const { states, enough } = calibrate(releases, 1000, SAID_MS + DAY_MS)
  expect(states.find(({ verdict }) => verdict === 'ship')).toMatchObject({ checked: 0, open: 1 })
  expect(enough).toBe(false)
})
