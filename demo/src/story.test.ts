import { NewDeployment } from '@aftermath/schemas/api/deployments'
import { expect, test } from 'vitest'
import { OPERATIONS, RELEASES, operationName } from './shop.ts'
import {
  CHAPTERS,
  STORY_MINUTES,
  deploymentsOf,
  journeysOfMinute,
  planStory,
  sharesAt,
} from './story.ts'

const BEGIN_MS = Date.UTC(2026, 0, 5, 8)
const MINUTE_MS = 60_000
const minutes = Array.from({ length: STORY_MINUTES }, (_, minute) => minute)

test('every minute is told the same way again', () => {
  expect(journeysOfMinute(151, BEGIN_MS)).toEqual(journeysOfMinute(151, BEGIN_MS))
})

test('journeys lie in their minute, in order, with names of their own', () => {
  for (const minute of [0, 151, 299]) {
    const journeys = journeysOfMinute(minute, BEGIN_MS)
    const times = journeys.map(({ atMs }) => (atMs - BEGIN_MS) / MINUTE_MS)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.every((time) => time >= minute && time < minute + 1)).toBe(true)
    expect(new Set(journeys.map(({ id }) => id)).size).toBe(journeys.length)
  }
})

test('a version gets the share of the traffic that its chapter says', () => {
  const canary = minutes
    .filter((minute) => minute >= 150 && minute < 215)
    .flatMap((minute) => journeysOfMinute(minute, BEGIN_MS))
    .filter(({ service }) => service === 'checkout')
  const share =
    canary.filter(({ versions }) => versions.checkout === '2.4.0').length / canary.length
  expect(share).toBeCloseTo(0.3, 1)
})

test('nobody meets a release before its chapter or after it was rolled back', () => {
  const met = (from: number, until: number) =>
    new Set(
      minutes
        .filter((minute) => minute >= from && minute < until)
        .flatMap((minute) => journeysOfMinute(minute, BEGIN_MS))
        .map(({ versions }) => versions.checkout),
    )
  expect([...met(0, 150)]).toEqual(['2.3.0'])
  expect([...met(215, STORY_MINUTES)]).toEqual(['2.3.0'])
})

test('shares add up to all of the traffic, of releases that exist', () => {
  for (const { service, minute } of CHAPTERS) {
    const shares = sharesAt(service, minute)
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
    const versions = RELEASES.filter((each) => each.service === service).map((r) => r.version)
    expect(versions).toEqual(expect.arrayContaining(Object.keys(shares)))
  }
})

test('faults and calls name operations that exist', () => {
  const names = (service: keyof typeof OPERATIONS) => OPERATIONS[service].map(operationName)
  for (const { service, faults } of RELEASES) {
    expect(names(service)).toEqual(expect.arrayContaining(Object.keys(faults)))
  }
  for (const { calls } of Object.values(OPERATIONS).flat()) {
    if (calls === undefined) continue
    expect(names(calls.service)).toContain(`${calls.method} ${calls.path}`)
  }
})

test('deployments are what the API takes, and a roll back keeps when its release arrived', () => {
  const deployments = deploymentsOf(BEGIN_MS).map(({ deployment }) =>
    NewDeployment.parse(deployment),
  )
  const canary = deployments.filter(({ version }) => version === '2.4.0')
  expect(canary).toMatchObject([
    { status: 'started', stage: { strategy: 'canary', weight: 30 } },
    { status: 'rolled_back', finishedAt: '2026-01-05T11:35:00.000Z' },
  ])
  expect(new Set(canary.map(({ startedAt }) => startedAt))).toEqual(
    new Set(['2026-01-05T10:30:00.000Z']),
  )
})

const NOW_MS = BEGIN_MS + STORY_MINUTES * MINUTE_MS + 12_345
test.each([
  { what: 'a fresh one hours ago', earlier: undefined, from: BEGIN_MS },
  {
    what: 'one that was cut short where it was left',
    earlier: { beginMs: BEGIN_MS, lastSeenMs: BEGIN_MS + 999 },
    from: BEGIN_MS + 999,
  },
  {
    what: 'one of last week in the present',
    earlier: { beginMs: BEGIN_MS - 7e8, lastSeenMs: BEGIN_MS - 6e8 },
    from: NOW_MS,
  },
])('a story is taken up: $what', ({ earlier, from }) => {
  const plan = planStory(earlier, NOW_MS)
  expect(plan).toEqual({ beginMs: earlier?.beginMs ?? BEGIN_MS, fromMs: from })
})
