import { expect, test } from 'vitest'
import type { Late } from '../releases/late.ts'
import type { ReleaseLine } from '../releases/read-releases.ts'
import { orderReleases, type DeploymentFact } from '../releases/release-order.ts'
import { isDue, lookedAt, SPREAD_MS, type LastLook, type Now } from './due-look.ts'

const MINUTE_MS = 60_000
/** How long a minute waits for stragglers. */
const LATENESS_MS = 30_000
/** The minute the release was last seen in. */
const MINUTE = 29_000_000
const endMs = (MINUTE + 1) * MINUTE_MS
const NONE: Late = { lastLateMs: 0, lateCount: 0 }

function lineOf(version: string, late: Late, deployments: DeploymentFact[] = []): ReleaseLine {
  const place = { service: 'shop', environment: 'production' }
  const seen = { firstSeenMs: (MINUTE - 30) * MINUTE_MS, lastSeenMs: MINUTE * MINUTE_MS }
  const sighting = { ...place, ...seen, version, ...late }
  return { ...place, ...seen, late, releases: orderReleases([sighting], deployments) }
}

const KNOWN: Omit<Now, 'nowMs'> = { policyVersion: '1', decidedAtMs: null }

type Change = {
  version?: string
  lateNow?: Late
  deployments?: DeploymentFact[]
  known?: Partial<Now>
}

/** A look at `atMs`, then whether there is another at `nowMs`. */
function dueAgain(
  atMs: number,
  nowMs: number,
  change: Change & Partial<Omit<LastLook, 'known'>> = {},
): boolean {
  const { version = '2', lateNow = NONE, deployments, known, ...look } = change
  const before = lineOf(version, NONE)
  const looked = lookedAt(before.releases[0]!, before, undefined, {
    atMs,
    durationMs: 50,
    ...KNOWN,
  })
  const line = lineOf(version, lateNow, deployments)
  return isDue(line.releases[0]!, line, { ...looked, ...look }, { nowMs, ...KNOWN, ...known })
}

test('a release that was never looked at is due, one of another month is not', () => {
  const line = lineOf('2', NONE)
  expect(isDue(line.releases[0]!, line, undefined, { nowMs: endMs, ...KNOWN })).toBe(true)
  expect(
    isDue(line.releases[0]!, line, undefined, { nowMs: endMs + 40 * 86_400_000, ...KNOWN }),
  ).toBe(false)
})

test('nothing is due while no minute has closed', () => {
  expect(dueAgain(endMs, endMs + LATENESS_MS - 1)).toBe(false)
})

test('each release is due within seconds of a minute that closed, not all at the same time', () => {
  const closedMs = endMs + LATENESS_MS
  const versions = Array.from({ length: 50 }, (_, n) => String(n))
  const due = (afterMs: number) =>
    versions.filter((version) => dueAgain(endMs, closedMs + afterMs, { version })).length
  expect(due(SPREAD_MS)).toBe(50)
  expect(due(SPREAD_MS / 2)).toBeGreaterThan(10)
  expect(due(SPREAD_MS / 2)).toBeLessThan(40)
})

test('after its last minute a release is due once more, when its silence shows', () => {
  const quietMs = endMs + LATENESS_MS + SPREAD_MS
  expect(dueAgain(quietMs, quietMs + 9 * MINUTE_MS)).toBe(false)
  expect(dueAgain(quietMs + 9 * MINUTE_MS, quietMs + 10 * MINUTE_MS)).toBe(true)
  expect(dueAgain(quietMs + 10 * MINUTE_MS, quietMs + 300 * MINUTE_MS)).toBe(false)
})

test.each([
  { soFarMs: 0, restMs: 2000 },
  { soFarMs: 20_000, restMs: 10_000 },
  { soFarMs: 3_600_000, restMs: 30_000 },
])('late data that came for $soFarMs ms is looked at after $restMs ms', ({ soFarMs, restMs }) => {
  const atMs = endMs
  const late = { lateNow: { lastLateMs: atMs + 1, lateCount: 1 }, lateSinceMs: atMs - soFarMs }
  expect(dueAgain(atMs, atMs + restMs - 1, late)).toBe(false)
  expect(dueAgain(atMs, atMs + restMs, late)).toBe(true)
})

test('a look that takes long is not repeated at once', () => {
  const late = { lateNow: { lastLateMs: endMs + 1, lateCount: 1 }, durationMs: 1000 }
  expect(dueAgain(endMs, endMs + 9000, late)).toBe(false)
  expect(dueAgain(endMs, endMs + 10_000, late)).toBe(true)
})

test('late data that became visible after a look is due, however long before it had come', () => {
  const lateNow = { lastLateMs: endMs - 20_000, lateCount: 1 }
  expect(dueAgain(endMs, endMs + 5000, { lateNow })).toBe(true)
  expect(dueAgain(endMs, endMs + 5000, { lateNow, late: lateNow })).toBe(false)
})

test('a run of late data ends with the first look before which none came', () => {
  const line = lineOf('2', { lastLateMs: endMs, lateCount: 1 })
  const release = line.releases[0]!
  const look = (last: LastLook | undefined, atMs: number) =>
    lookedAt(release, line, last, { atMs, durationMs: 50, ...KNOWN })
  const first = look(undefined, endMs)
  const second = look(first, endMs + 10_000)
  const third = look(second, endMs + 20_000)
  const since = [first, second, third].map(({ lateSinceMs }) => lateSinceMs - endMs)
  expect(since).toEqual([0, 0, 20_000])
})

test('a deployment that was registered makes a release due', () => {
  const deployment = {
    service: 'shop',
    environment: 'production',
    version: '2',
    status: 'succeeded',
    startedMs: endMs - 600_000,
    irreversibleMigration: false,
  }
  expect(dueAgain(endMs, endMs + 5000)).toBe(false)
  expect(dueAgain(endMs, endMs + 5000, { deployments: [deployment] })).toBe(true)
})

test.each([{ policyVersion: '2' }, { decidedAtMs: 5 }])('%o makes it due', (known) => {
  const quietMs = endMs + 86_400_000
  expect(dueAgain(quietMs, quietMs + 60_000)).toBe(false)
  expect(dueAgain(quietMs, quietMs + 60_000, { known })).toBe(true)
})
