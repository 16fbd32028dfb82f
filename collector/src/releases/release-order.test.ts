import { expect, test } from 'vitest'
import {
  currentOf,
  lastGoodBefore,
  orderReleases,
  type DeploymentFact,
  type Sighting,
} from './release-order.ts'

const seen = (version: string, firstSeenMs: number): Sighting => ({
  service: 'shop',
  environment: 'production',
  version,
  firstSeenMs,
  lastSeenMs: firstSeenMs + 1000,
  lastLateMs: 0,
  lateCount: 0,
})
const deployed = (version: string, startedMs: number, status = 'succeeded'): DeploymentFact => ({
  service: 'shop',
  environment: 'production',
  version,
  status,
  startedMs,
  irreversibleMigration: false,
})
const names = (releases: { version: string }[]) => releases.map(({ version }) => version)

test('orders by first telemetry, not by version: a hotfix of an old branch is newer', () => {
  const releases = orderReleases([seen('4.0.1', 100), seen('3.1.2', 200), seen('3.1.1', 50)], [])
  expect(names(releases)).toEqual(['3.1.1', '4.0.1', '3.1.2'])
})

test('a registered deployment before the first telemetry is the first deployment', () => {
  const releases = orderReleases([seen('1', 100), seen('2', 150)], [deployed('2', 90)])
  expect(names(releases)).toEqual(['2', '1'])
})

test('a failed deployment brought nothing', () => {
  const [first] = orderReleases([seen('2', 150)], [deployed('2', 90, 'failed')])
  expect(first?.firstDeployedMs).toBe(150)
})

test('telemetry without a version is no release', () => {
  expect(orderReleases([seen('', 100)], [])).toEqual([])
})

test.each([
  { versions: ['2.3.0', '999.9.9'], out: ['999.9.9'] },
  { versions: ['2024.11.1', '2025.1.0'], out: [] },
  { versions: ['999.9.9'], out: [] },
  { versions: ['abc', 'def'], out: [] },
])('of $versions, $out are kept out of the order', ({ versions, out }) => {
  const releases = orderReleases(
    versions.map((version, i) => seen(version, i)),
    [],
  )
  expect(names(releases.filter(({ implausible }) => implausible !== undefined))).toEqual(out)
})

test('a roll back skips releases that were harmful themselves', () => {
  const releases = orderReleases([seen('1', 1), seen('2', 2), seen('3', 3)], [])
  const good = lastGoodBefore(releases, '3', (version) => (version === '2' ? 'roll_back' : 'ship'))
  expect(good?.version).toBe('1')
})

test.each([
  { what: 'the newest of those that serve', ended: {}, current: '3' },
  { what: 'not the one that was rolled back', ended: { '3': 20 }, current: '2' },
  { what: 'the newest within ten minutes of silence', ended: { '2': 20, '3': 9 }, current: '3' },
])('current is $what', ({ ended, current }) => {
  const minutesAgo: Record<string, number> = ended
  const lastMs = 100 * 60_000
  const releases = orderReleases(
    ['1', '2', '3'].map((version, i) => ({
      ...seen(version, i),
      lastSeenMs: lastMs - (minutesAgo[version] ?? 0) * 60_000,
    })),
    [],
  )
  expect(currentOf(releases)?.version).toBe(current)
})
