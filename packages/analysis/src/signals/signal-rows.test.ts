import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../policy/policy.ts'
import { probSuperiority } from '../methods/prob-superiority.ts'
import type { LevelRows, ScoreRows } from './signal-input.ts'
import { ridits, signalRows } from './signal-rows.ts'

const ratings = fc.array(fc.nat(50), { minLength: 5, maxLength: 5 })

test('the mean ridit is the chance to be rated better than the reference', () => {
  fc.assert(
    fc.property(ratings, ratings, (own, reference) => {
      const better = probSuperiority(own, reference)
      fc.pre(better !== null)
      const scores = ridits(reference)
      const units = own.reduce((sum, count) => sum + count, 0)
      const mean = own.reduce((sum, count, k) => sum + count * scores[k]!, 0) / units
      expect(mean).toBeCloseTo(better, 10)
    }),
  )
})

describe('levels', () => {
  const level = (minutes: number[], values: number[]): LevelRows => ({
    minute: Int32Array.from(minutes),
    arm: new Uint8Array(minutes.length).fill(1),
    level: Float64Array.from(values),
    instances: new Float64Array(minutes.length).fill(2),
  })
  const nothing = level([], [])

  test('are logarithms of the mean of five minutes, at the last of them', () => {
    const comparison = level([102, 103, 106, 107], [2, 4, 8, 8])
    const rows = signalRows(
      { kind: 'level', signal: 'cpu', reference: nothing, comparison },
      100,
      defaultPolicy,
    )!
    expect([...rows.comparison.minute]).toEqual([104, 109])
    expect([...rows.comparison.x]).toEqual([Math.log(3), Math.log(8)])
    expect([...rows.comparison.n]).toEqual([1, 1])
  })

  test('of throughput count a minute without requests, and are worse when they fall', () => {
    const comparison = level([100, 101], [50, 100])
    const rows = signalRows(
      { kind: 'level', signal: 'throughput', reference: nothing, comparison },
      100,
      defaultPolicy,
    )!
    expect([...rows.comparison.x]).toEqual([-Math.log(150 / 5)])
  })
})

describe('scores', () => {
  const scores = (minutes: number[], counts: number[][]): ScoreRows => ({
    strata: [''],
    minute: Int32Array.from(minutes),
    stratum: new Uint16Array(minutes.length),
    arm: new Uint8Array(minutes.length).fill(1),
    counts: counts.map((each) => Float64Array.from(each)),
  })

  test('become what is lost of a full score', () => {
    const reference = scores([0], [[1], [2], [7]])
    const comparison = scores([9], [[4], [4], [2]])
    const rows = signalRows(
      { kind: 'score', signal: 'apdex', exposure: 'requests', reference, comparison },
      0,
      defaultPolicy,
    )!
    expect([...rows.comparison.n]).toEqual([10])
    expect([...rows.comparison.x]).toEqual([6])
  })

  test('of ratings stand at the end of their day', () => {
    const day = 24 * 60
    const one = [[1], [0], [0], [0], [1]]
    const rows = signalRows(
      {
        kind: 'score',
        signal: 'feedback_rating',
        exposure: 'items',
        reference: scores([0], one),
        comparison: scores([5 + 30], one),
      },
      5,
      defaultPolicy,
    )!
    expect([...rows.comparison.minute]).toEqual([5 + day - 1])
  })

  test('without a reference compare nothing', () => {
    const empty = scores([], [[], [], []])
    const input = { kind: 'score', signal: 'apdex', exposure: 'requests' } as const
    const nothing = { ...input, reference: empty, comparison: empty }
    expect(signalRows(nothing, 0, defaultPolicy)).toBeUndefined()
  })
})
