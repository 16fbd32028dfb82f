import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DEPLOYED_MINUTE,
  firstMinuteOf,
  simulate,
  simulatedInput,
  UNCHANGED,
} from '../../test/simulation.ts'
import type { ArmMinute, Scenario } from '../../test/simulation.ts'
import { foldMinutes } from '../watch/fold-minutes.ts'
import { judge } from './judge.ts'
import type { JudgeInput } from './judgement.ts'
import { BASELINE, CANDIDATE, MATCHED, MINUTE_MS } from '../counts/minute-columns.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'

const arm = (requests: number, errorRate: number, slow = UNCHANGED): ArmMinute => {
  return { requests, errorRate, slow }
}

/** 8 requests/s at 0.5 %, then a release that took over. */
const replaced: Scenario = {
  seed: 11,
  kind: 'previous_window',
  minutesBefore: 100,
  minutesAfter: 40,
  baseline: () => arm(480, 0.005),
  candidate: () => arm(480, 0.005),
}
const alarm: Scenario = { ...replaced, candidate: () => arm(480, 0.03) }
const canary: Scenario = {
  ...replaced,
  kind: 'concurrent',
  minutesBefore: 300,
  minutesAfter: 90,
  baseline: () => arm(1500, 0.005),
  candidate: () => arm(1500, 0.005),
}

describe('a release that replaced another', () => {
  test('is rolled back when errors go from 0.5 % to 3 %', () => {
    const judgement = judge(simulatedInput(alarm))
    expect(judgement).toMatchObject({
      verdict: 'roll_back',
      action: 'roll_back',
      severity: 'major',
      baseline: { version: '1.0.0', kind: 'previous_window' },
      flags: ['no_controls'],
      eta: null,
    })
    expect(judgement.sentence).toMatch(
      /^Since 1\.1\.0, (2\.9|3|3\.1) % of requests fail instead of 0\.\d+ %: about \d+ more so far\. Compared with 1\.0\.0 in the 100 minutes before the deployment\.$/,
    )
    const [errors] = judgement.evidence
    expect(errors).toMatchObject({ signal: 'error_rate', conclusion: 'worse', confidence: 0.95 })
    expect(errors!.low).toBeLessThan(0.025)
    expect(errors!.high).toBeGreaterThan(0.025)
    expect(errors!.baseline.n).toBeGreaterThan(45_000)
  })

  test('is not accused of what began two hours after it', () => {
    const later = { ...alarm, minutesAfter: 240 }
    const candidate = (minute: number) => arm(480, minute < 120 ? 0.005 : 0.03)
    const judgement = judge(simulatedInput({ ...later, candidate }))
    expect(judgement.verdict).toBe('patch')
    expect(judgement.reasons.map(({ code }) => code)).toContain('no_change_at_deployment')
  })

  test('is not accused of an environment that got worse', () => {
    const input = simulatedInput(alarm)
    const control = (service: string) => ({
      service,
      reference: minutesOf(input, -100, 0, 0.005),
      comparison: minutesOf(input, 0, 40, 0.03),
    })
    const judgement = judge({ ...input, controls: ['cart', 'search'].map(control) })
    expect(['watch', 'insufficient_data']).toContain(judgement.verdict)
    expect(judgement.flags).toEqual(['global_shift'])
  })

  test('is rolled back beside services that did not change', () => {
    const input = simulatedInput(alarm)
    const control = (service: string) => ({
      service,
      reference: minutesOf(input, -100, 0, 0.005),
      comparison: minutesOf(input, 0, 40, 0.005),
    })
    const judgement = judge({ ...input, controls: ['cart', 'search'].map(control) })
    expect(judgement.verdict).toBe('roll_back')
    expect(judgement.flags).toEqual([])
  })

  test('is named within four minutes when everything fails', () => {
    const fold = simulate({ ...alarm, candidate: () => arm(480, 1) })
    expect(firstMinuteOf(fold, ['roll_back'])).toBeLessThanOrEqual(4)
  })

  test('is watched again once the harm was gone for an hour', () => {
    const candidate = (minute: number) => arm(4800, minute < 60 ? 0.03 : 0.005)
    const baseline = () => arm(4800, 0.005)
    const fold = simulate({ ...alarm, minutesAfter: 240, candidate, baseline })
    expect(fold.changes.map(({ decision }) => decision.state)).toContain('roll_back')
    expect(fold.held.decision).toMatchObject({ state: 'watch', reasons: ['went_away'] })
  })
})

describe('a release after the same minutes of earlier weeks', () => {
  /** Twice the errors at one time of day, in both weeks. */
  const daily = (requests: number, errorRate: number) => (minute: number) =>
    arm(requests, errorRate * (1 + 0.9 * Math.sin(minute / 229)))
  const weekly: Scenario = {
    ...canary,
    minutesBefore: 1440,
    minutesAfter: 600,
    baseline: daily(1500, 0.005),
    candidate: daily(1500, 0.005),
  }

  test('ships where both weeks were alike', () => {
    const judgement = judge(timeMatched(simulatedInput(weekly)))
    expect(judgement).toMatchObject({
      verdict: 'ship',
      baseline: { kind: 'previous_time_matched', version: '1.0.0' },
    })
    expect(judgement.evidence[0]!.baseline.n).toBeGreaterThan(800_000)
  })

  test('is found where it is worse than drift explains', () => {
    const candidate = daily(1500, 0.02)
    const judgement = judge(timeMatched(simulatedInput({ ...weekly, candidate })))
    expect(['patch', 'roll_back']).toContain(judgement.verdict)
    expect(judgement.sentence).toContain('in the same minutes of an earlier week.')
    expect(judgement.guarantee).toContain('compared over time')
  })

  test('minutes without a counterpart compare nothing', () => {
    const input = timeMatched(simulatedInput({ ...weekly, candidate: daily(1500, 0.5) }))
    const judgement = judge({ ...input, columns: onlyArm(input.columns, CANDIDATE) })
    expect(judgement).toMatchObject({ verdict: 'insufficient_data', judgedMinutes: 0 })
  })

  test('is not accused of services that got worse since that week', () => {
    const input = timeMatched(simulatedInput({ ...weekly, candidate: daily(1500, 0.02) }))
    const control = (service: string) => ({
      service,
      reference: minutesOf(input, -10_080, -10_080 + 600, 0.005),
      comparison: minutesOf(input, 0, 600, 0.02),
    })
    const judgement = judge({ ...input, controls: ['cart', 'search'].map(control) })
    expect(['watch', 'insufficient_data']).toContain(judgement.verdict)
  })
})

describe('a canary', () => {
  test('ships with what it was tested for', () => {
    const judgement = judge(simulatedInput({ ...canary, minutesAfter: 300 }))
    expect(judgement).toMatchObject({ verdict: 'ship', severity: null, action: null, eta: null })
    expect(judgement.sentence).toMatch(/^After [\d,]+ requests no signal is worse by more than/)
  })

  test('says how long it still takes', () => {
    const judgement = judge(simulatedInput({ ...canary, minutesAfter: 25 }))
    expect(judgement.verdict).toBe('insufficient_data')
    expect(judgement.eta!.minutes).toBeGreaterThan(5)
    expect(judgement.sentence).toMatch(/^[\d,]+ of about [\d,]+ requests seen: about \d+ \w+ at/)
    expect(judgement.changesIt.join(' ')).toContain('it may Ship')
  })

  test('too small to be settled says what a day of it would show', () => {
    const tiny = () => arm(0.5, 0.005)
    const minutesAfter = 1400
    const judgement = judge(
      simulatedInput({ ...canary, minutesAfter, baseline: tiny, candidate: tiny }),
    )
    expect(judgement).toMatchObject({ verdict: 'insufficient_data', eta: null })
    expect(judgement.sentence).toMatch(
      /does not settle it within a week; a day of it excludes a rise of [\d.]+ points\.$/,
    )
  })

  test('is not judged in its warm-up', () => {
    const judgement = judge(simulatedInput({ ...canary, minutesAfter: 5 }))
    expect(judgement).toMatchObject({ verdict: 'insufficient_data', judgedMinutes: 0 })
  })

  test('that slows the slowest requests down names the quantile', () => {
    const slow: [number, number, number] = [0.6, 0.14, 0.04]
    const candidate = () => arm(1500, 0.005, slow)
    const judgement = judge(simulatedInput({ ...canary, candidate, p95Ratio: 1.4 }))
    expect(judgement.verdict).toBe('roll_back')
    expect(judgement.sentence).toMatch(/^Since 1\.1\.0, \d+ % of requests take up to .* instead of/)
  })

  test('with one broken operation names the operation', () => {
    const operations = ['GET /', 'GET /cart', 'POST /pay']
    const candidate = (_: number, operation: number) => arm(500, operation === 2 ? 0.1 : 0.002)
    const baseline = () => arm(500, 0.002)
    const judgement = judge(simulatedInput({ ...canary, operations, candidate, baseline }))
    expect(judgement.verdict).toBe('roll_back')
    expect(judgement.sentence).toContain('of POST /pay fail instead of')
    const accused = judgement.evidence.filter(({ scope }) => scope.operation !== null)
    expect(accused[0]).toMatchObject({ scope: { operation: 'POST /pay' }, conclusion: 'worse' })
    expect(judgement.evidence.length).toBeLessThanOrEqual(12)
  })

  test('that took over is compared with the past from then on', () => {
    const baseline = (minute: number) => arm(minute < 40 ? 1500 : 0, 0.005)
    const candidate = (minute: number) => arm(1500, minute < 60 ? 0.005 : 0.05)
    const judgement = judge(simulatedInput({ ...canary, minutesAfter: 120, baseline, candidate }))
    expect(judgement.judgedMinutes).toBeGreaterThan(100)
    expect(['patch', 'roll_back']).toContain(judgement.verdict)
  })

  test('a single bad minute is no verdict', () => {
    const candidate = (minute: number) => arm(1500, minute === 50 ? 0.5 : 0.005)
    const fold = simulate({ ...canary, candidate })
    expect(firstMinuteOf(fold, ['patch', 'roll_back'])).toBeUndefined()
  })
})

describe('the end of traffic', () => {
  const ended: Scenario = {
    ...canary,
    minutesAfter: 300,
    candidate: (minute) => arm(minute < 200 ? 1500 : 0, 0.005),
  }

  test('leaves a release that was replaced the verdict it had', () => {
    expect(judge(simulatedInput(ended))).toMatchObject({ verdict: 'ship', flags: ['ended'] })
  })

  test('of the whole service says nothing of the release', () => {
    const input = simulatedInput(ended)
    const lifecycle = { ...input.lifecycle, serviceRequestsLately: 0 }
    expect(judge({ ...input, lifecycle })).toMatchObject({
      verdict: 'insufficient_data',
      flags: ['silent'],
    })
  })
})

test('the first release waits a day, and ships without praise', () => {
  const input = simulatedInput({ ...replaced, minutesAfter: 1500 })
  const first: JudgeInput = {
    ...input,
    reference: null,
    baseline: { ...input.baseline, kind: 'none', version: null, reference: null },
  }
  expect(judge(first)).toMatchObject({ verdict: 'ship', evidence: [] })
  const young = { ...first, nowMs: (DEPLOYED_MINUTE + 100) * MINUTE_MS }
  expect(judge(young).verdict).toBe('insufficient_data')
})

describe('a judgement', () => {
  test('is the same whatever the order of the rows', () => {
    const input = simulatedInput({ ...canary, operations: ['POST /pay', 'GET /'] })
    const expected = JSON.stringify(judge(input))
    const rows = input.columns.minute.length
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (keys) => {
        const order = Array.from({ length: rows }, (_, row) => ({ row, key: keys.next().value! }))
        const shuffled = order.toSorted((a, b) => a.key - b.key).map(({ row }) => row)
        expect(
          JSON.stringify(judge({ ...input, columns: permuted(input.columns, shuffled) })),
        ).toBe(expected)
      }),
      { numRuns: 5 },
    )
  })

  test('is the same whoever looked before, and how often', () => {
    const input = simulatedInput(alarm)
    const whole = foldMinutes(input).changes
    for (let minutes = 1; minutes <= 40; minutes += 1) {
      const nowMs = (DEPLOYED_MINUTE + minutes) * MINUTE_MS + input.policy.latenessMs
      const seen = foldMinutes({ ...input, nowMs }).changes
      expect(seen.map(({ sinceMinute }) => sinceMinute)).toEqual(
        whole.slice(0, seen.length).map(({ sinceMinute }) => sinceMinute),
      )
    }
  })

  test('does not change within a minute', () => {
    const input = simulatedInput(alarm)
    const second = { ...input, nowMs: input.nowMs + 59_000 }
    expect(judge(second)).toEqual(judge(input))
  })

  test('keeps twelve significant digits', () => {
    const numbers = JSON.stringify(judge(simulatedInput(alarm))).match(/\d+\.\d+/g) ?? []
    const digits = numbers.map((number) => number.replace('.', '').replace(/^0+/, '').length)
    expect(Math.max(...digits)).toBeLessThanOrEqual(12)
  })
})

function minutesOf(input: JudgeInput, from: number, until: number, errorRate: number) {
  const length = until - from
  const start = input.baseline.comparison.fromMinute + from
  return {
    minute: Int32Array.from({ length }, (_, k) => start + k),
    requests: new Float64Array(length).fill(600),
    failures: Float64Array.from({ length }, (_, k) => Math.round(600 * errorRate) + (k % 3) - 1),
  }
}

/** The baseline's minutes as if they were of the week before. */
function timeMatched(input: JudgeInput): JudgeInput {
  const { comparison } = input.baseline
  const pairs = [{ ...comparison, minutesBack: 10_080 }]
  const baseline = { ...input.baseline, kind: 'previous_time_matched' as const, pairs }
  const arms = input.columns.arm.map((each) => (each === BASELINE ? MATCHED : each))
  return { ...input, baseline, columns: { ...input.columns, arm: arms } }
}

function onlyArm(columns: MinuteColumns, only: number): MinuteColumns {
  const rows = Array.from(columns.arm.keys()).filter((row) => columns.arm[row] === only)
  return permuted(columns, rows)
}

function permuted(columns: MinuteColumns, order: number[]): MinuteColumns {
  const pick = (values: ArrayLike<number>) => order.map((row) => values[row]!)
  return {
    operations: columns.operations,
    minute: Int32Array.from(pick(columns.minute)),
    operation: Uint16Array.from(pick(columns.operation)),
    arm: Uint8Array.from(pick(columns.arm)),
    requests: Float64Array.from(pick(columns.requests)),
    failures: Float64Array.from(pick(columns.failures)),
    slow50: Float64Array.from(pick(columns.slow50)),
    slow95: Float64Array.from(pick(columns.slow95)),
    slow99: Float64Array.from(pick(columns.slow99)),
  }
}
