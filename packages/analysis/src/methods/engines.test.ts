import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EngineSums } from '../watch/engine-sums.ts'
import { expectedStratumE } from './expected-stratum-e.ts'
import { MinuteTerms, THETAS } from '../watch/minute-terms.ts'
import { mixtureBound, oneSidedLogE, twoSidedLogE } from './normal-mixture.ts'
import { rateRatioLogE, stratifiedDifference } from './stratified-difference.ts'
import type { Stratum } from './stratum.ts'

const stratum: fc.Arbitrary<Stratum> = fc
  .record({ n1: fc.nat(400), n0: fc.nat(400), s1: fc.nat(1000), s0: fc.nat(1000) })
  .map(({ n1, n0, s1, s0 }) => ({
    n1,
    n0,
    x1: Math.floor((n1 * s1) / 1000),
    x0: Math.floor((n0 * s0) / 1000),
  }))
const minutes = fc.array(fc.array(stratum, { maxLength: 3 }), { maxLength: 80 })

describe('the stratified difference', () => {
  test('changes its sign, and nothing else, when the arms are swapped', () => {
    fc.assert(
      fc.property(minutes, (strata) => {
        const swapped = strata.map((each) =>
          each.map(({ n1, x1, n0, x0 }) => ({ n1: n0, x1: x0, n0: n1, x0: x1 })),
        )
        const there = stratifiedDifference({ minutes: strata, phiRef: 1.5 })
        const back = stratifiedDifference({ minutes: swapped, phiRef: 1.5 })
        expect(back.S).toBeCloseTo(-there.S, 9)
        expect(back.V).toBeCloseTo(there.V, 9)
        expect(back.W).toBeCloseTo(there.W, 9)
      }),
    )
  })

  test('is 0 while the arms fail alike, however they share the traffic', () => {
    const even = [10, 50, 900].map((n1) => [{ n1, x1: n1 / 10, n0: 100, x0: 10 }])
    expect(stratifiedDifference({ minutes: even, phiRef: 1 }).delta).toBeCloseTo(0, 12)
  })

  test('does not see a shift of traffic between a good and a bad operation', () => {
    const shift = [0.1, 0.5, 0.9].map((share) => [
      { n1: 1000 * (1 - share), x1: 10 * (1 - share), n0: 500, x0: 5 },
      { n1: 1000 * share, x1: 100 * share, n0: 500, x0: 50 },
    ])
    expect(stratifiedDifference({ minutes: shift, phiRef: 1 }).delta).toBeCloseTo(0, 12)
  })
})

test('an operation seen in one arm only changes neither engine', () => {
  const alone = fc.record({ n: fc.integer({ min: 1, max: 1000 }), candidate: fc.boolean() })
  fc.assert(
    fc.property(minutes, alone, (strata, { n, candidate }) => {
      const lone = candidate ? { n1: n, x1: n, n0: 0, x0: 0 } : { n1: 0, x1: 0, n0: n, x0: n }
      const more = strata.map((each) => [...each, lone])
      expect(stratifiedDifference({ minutes: more, phiRef: 2 })).toEqual(
        stratifiedDifference({ minutes: strata, phiRef: 2 }),
      )
      expect(rateRatioLogE({ minutes: more, phi: 2, theta0: 1 })).toBe(
        rateRatioLogE({ minutes: strata, phi: 2, theta0: 1 }),
      )
    }),
  )
})

test('the bet of engine B is never better than fair', () => {
  const bet = fc
    .record({ n1: fc.integer({ min: 1, max: 60 }), n0: fc.integer({ min: 1, max: 60 }) })
    .chain(({ n1, n0 }) =>
      fc.record({
        n1: fc.constant(n1),
        n0: fc.constant(n0),
        x: fc.nat(n1 + n0),
        theta: fc.constantFrom(...THETAS),
      }),
    )
  fc.assert(fc.property(bet, (input) => expectedStratumE(input) <= 1 + 1e-9))
})

test('the bet on a rate is fair, whatever share of the events the candidate is due', () => {
  const bet = fc.record({
    n1: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    n0: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    x: fc.integer({ min: 1, max: 40 }),
    k: fc.nat(THETAS.length - 1),
  })
  fc.assert(
    fc.property(bet, ({ n1, n0, x, k }) => {
      const share = n1 / (n1 + n0)
      let mean = 0
      let chance = (1 - share) ** x
      for (let x1 = 0; x1 <= x; x1 += 1) {
        const terms = new MinuteTerms()
        terms.addRate(n1, x1, n0, x - x1, 2)
        mean += chance * Math.exp(terms.ratios[k]!)
        chance *= ((x - x1) / (x1 + 1)) * (share / (1 - share))
      }
      return mean <= 1 + 1e-6
    }),
  )
})

test.each(['rate', 'score'] as const)('swapped arms turn the difference of a %s round', (of) => {
  const counts = fc.record({
    n1: fc.integer({ min: 1, max: 500 }),
    x1: fc.nat(900),
    n0: fc.integer({ min: 1, max: 500 }),
    x0: fc.nat(900),
  })
  fc.assert(
    fc.property(counts, ({ n1, x1, n0, x0 }) => {
      const [there, back] = [new MinuteTerms(), new MinuteTerms()]
      if (of === 'rate') {
        there.addRate(n1, x1, n0, x0, 2)
        back.addRate(n0, x0, n1, x1, 2)
      } else {
        there.addScore({ n1, x1, n0, x0 }, 0.2, 0)
        back.addScore({ n1: n0, x1: x0, n0: n1, x0: x1 }, 0.2, 0)
      }
      expect(back.D).toBeCloseTo(-there.D, 9)
      expect(back.M).toBeCloseTo(there.M, 9)
      expect(back.W).toBeCloseTo(there.W, 9)
    }),
  )
})

test('an interval excludes a value exactly when its e-value reaches the level', () => {
  const positive = fc.double({ min: 0.1, max: 1e6, noNaN: true })
  const alphas = fc.constantFrom(0.05, 0.01, 0.001)
  fc.assert(
    fc.property(positive, positive, alphas, fc.boolean(), (V, r, alpha, oneSided) => {
      const bound = mixtureBound({ V, r, alpha, oneSided })
      const logE = oneSided ? oneSidedLogE : twoSidedLogE
      return (
        logE({ S: bound * 1.000001, V, r }) >= -Math.log(alpha) &&
        logE({ S: bound * 0.999999, V, r }) < -Math.log(alpha)
      )
    }),
  )
})

test.each([
  { name: 'a thousand million requests', n: 1e9, x: 5e6 },
  { name: 'no failure at all', n: 1e9, x: 0 },
  { name: 'nothing but failures', n: 1e9, x: 1e9 },
  { name: 'one request', n: 1, x: 1 },
])('$name give finite numbers', ({ n, x }) => {
  const same = Array.from({ length: 100 }, () => [{ n1: n, x1: x, n0: n, x0: x }])
  const numbers = [
    ...Object.values(stratifiedDifference({ minutes: same, phiRef: 3 })),
    rateRatioLogE({ minutes: same, phi: 3, theta0: 1.5 }),
  ]
  expect(numbers.every(Number.isFinite)).toBe(true)
})

test('a later start sees exactly the minutes from then on', () => {
  const hours = fc.array(fc.array(stratum, { minLength: 1, maxLength: 2 }), {
    minLength: 130,
    maxLength: 260,
  })
  fc.assert(
    fc.property(hours, (strata) => {
      const terms = new MinuteTerms()
      const all = new EngineSums(1.2)
      const own = new EngineSums(1.2, 120)
      let since = all.since('first')
      for (const [minute, each] of strata.entries()) {
        terms.clear()
        for (const { n1, x1, n0, x0 } of each) terms.add(n1, x1, n0, x0)
        all.advance(minute)
        if (minute === 120) since = all.since('now')
        all.add(minute, terms)
        if (minute >= 120) own.add(minute, terms)
      }
      const alone = own.since('first')
      expect(since.minutes).toBe(alone.minutes)
      expect(since.S).toBeCloseTo(alone.S, 6)
      expect(since.V / Math.max(1, alone.V)).toBeCloseTo(alone.V / Math.max(1, alone.V), 6)
      expect(since.laggedPhi).toBeCloseTo(alone.laggedPhi, 6)
      expect(since.rateRatioLogE(2)).toBeCloseTo(alone.rateRatioLogE(2), 6)
    }),
    { numRuns: 30 },
  )
})
