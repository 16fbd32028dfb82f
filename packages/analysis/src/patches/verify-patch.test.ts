import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from '../../test/random.ts'
import { issueDesignEffect, patchState, verifyPatch } from './verify-patch.ts'
import type { PatchCounts } from './verify-patch.ts'

const DAY = 24 * 60

function counts(over: Partial<PatchCounts>): PatchCounts {
  return {
    before: { events: 60, exposure: 10_000 },
    after: { events: 0, unhandledEvents: 0, exposure: 8_400 },
    phi: 1,
    lifeMinutes: 2 * DAY,
    exposurePerMinute: 3,
    wasVerified: false,
    ...over,
  }
}

const after = (events: number, exposure: number) => ({
  after: { events, unhandledEvents: events, exposure },
})

test.each<[string, Partial<PatchCounts>, string]>([
  ['silence where fifty events were expected', {}, 'verified'],
  ['the same within the first day', { lifeMinutes: DAY - 1 }, 'collecting'],
  ['silence where two events were expected', after(0, 400), 'collecting'],
  ['silence of a thing seen in clusters of thirty', { phi: 30 }, 'collecting'],
  ['nothing had ever happened', { before: { events: 0, exposure: 10_000 } }, 'collecting'],
  ['no exposure yet', after(0, 0), 'collecting'],
  ['a tenth of the events', after(5, 8_400), 'reduced'],
  ['as many as before', after(50, 8_400), 'not_fixed'],
  ['three events where three were expected', after(3, 500), 'not_fixed'],
  ['twice as many', after(100, 8_400), 'not_fixed'],
  ['two thirds of the events, not yet certain', after(4, 1_000), 'collecting'],
  ['it came back after it was verified', { ...after(1, 8_400), wasVerified: true }, 'regressed'],
  [
    'handled events do not bring it back',
    { after: { events: 1, unhandledEvents: 0, exposure: 8_400 }, wasVerified: true },
    'reduced',
  ],
])('%s: %s', (_, over, state) => {
  expect(verifyPatch(counts(over)).state).toBe(state)
})

test('says how long at the present traffic, and a day at least', () => {
  const soon = verifyPatch(counts({ ...after(0, 100), lifeMinutes: 60, exposurePerMinute: 100 }))
  expect(soon.etaMinutes).toBe(DAY - 60)
  const slow = verifyPatch(counts({ ...after(0, 100), exposurePerMinute: 0.1 }))
  // 60 events in 10,000: 3 are expected in 500, of which 100 are seen.
  expect(slow.neededExposure).toBeCloseTo(
    Math.max(400, 10_000 * (0.05 ** (-1 / 60.5) - 1) - 100),
    6,
  )
  expect(slow.etaMinutes).toBeCloseTo(slow.neededExposure / 0.1, 6)
  expect(verifyPatch(counts({ ...after(0, 100), exposurePerMinute: 0 })).etaMinutes).toBeNull()
})

test('a thing that was not fixed is seldom called verified or reduced, however often one looks', () => {
  const random = new Random(5)
  const runs = 1000
  let wrong = 0
  for (let run = 0; run < runs; run += 1) {
    const before = { events: random.poisson(20), exposure: 10_000 }
    let events = 0
    for (let look = 1; look <= 100; look += 1) {
      events += random.poisson(0.4)
      const looked = { ...counts({ before }), ...after(events, look * 200) }
      const state = patchState(looked)
      if (state === 'verified' || state === 'reduced') {
        wrong += 1
        break
      }
    }
  }
  // 5 % for each of the two ways to err, and three standard errors.
  expect(wrong / runs).toBeLessThanOrEqual(0.1 + 3 * Math.sqrt((0.1 * 0.9) / runs))
})

test('a good fix is verified, and never called not fixed', () => {
  const random = new Random(9)
  for (let run = 0; run < 200; run += 1) {
    const before = { events: 20 + random.poisson(10), exposure: 10_000 }
    const states = Array.from({ length: 40 }, (_, look) =>
      patchState({ ...counts({ before }), ...after(0, look * 200) }),
    )
    expect(states.at(-1)).toBe('verified')
    expect(states).not.toContain('not_fixed')
  }
})

test('more silence is never less proof; more events never make it verified', () => {
  const amounts = fc.record({
    x0: fc.nat(500),
    n0: fc.integer({ min: 1, max: 1e7 }),
    n1: fc.nat(1e7),
  })
  fc.assert(
    fc.property(amounts, fc.nat(1e6), fc.nat(50), ({ x0, n0, n1 }, more, events) => {
      const before = { events: x0, exposure: n0 }
      const now = verifyPatch({ ...counts({ before }), ...after(0, n1) })
      const later = verifyPatch({ ...counts({ before }), ...after(0, n1 + more) })
      expect(later.luck).toBeLessThanOrEqual(now.luck)
      if (now.state === 'verified') expect(later.state).toBe('verified')
      const seen = verifyPatch({ ...counts({ before }), ...after(events + 1, n1 + 1) })
      expect(seen.state).not.toBe('verified')
    }),
  )
})

test('the design effect is 1 for single events and the cluster for clusters', () => {
  expect(issueDesignEffect([])).toBe(1)
  expect(issueDesignEffect([1, 1, 1])).toBe(1)
  expect(issueDesignEffect([4, 4])).toBe(4)
  expect(issueDesignEffect([1, 3])).toBe(2.5)
})
