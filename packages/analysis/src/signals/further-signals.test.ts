import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../../test/random.ts'
import {
  issuesSignal,
  levelSignal,
  rateSignal,
  scoreSignal,
  shareSignal,
} from '../../test/signals.ts'
import type { Drawn } from '../../test/signals.ts'
import { simulatedInput, UNCHANGED } from '../../test/simulation.ts'
import { foldMinutes } from '../watch/fold-minutes.ts'
import { FurtherSignals } from './further-signals.ts'
import { judge } from '../verdict/judge.ts'
import type { JudgeInput } from '../verdict/judgement.ts'
import type { CountRows, IssueRows, SignalInput } from './signal-input.ts'
import { throughputInput } from './throughput-input.ts'

type Kind = 'concurrent' | 'previous_window'

/** Requests that fail alike, so that only the signal added can speak. */
function healthy(kind: Kind, minutesAfter = 240): JudgeInput {
  const arm = () => ({ requests: 300, errorRate: 0.005, slow: UNCHANGED })
  return simulatedInput({
    seed: 3,
    kind,
    minutesBefore: 24 * 60,
    minutesAfter,
    baseline: arm,
    candidate: arm,
  })
}

/** One value of the baseline, then and now, and one of the candidate. */
function arms<Value>(baseline: Value, candidate: Value): Drawn<Value> {
  return ({ arm }) => (arm === 1 ? candidate : baseline)
}

function judged(input: JudgeInput, ...signals: SignalInput[]) {
  const judgement = judge({ ...input, signals })
  const rowsOf = (signal: string) => judgement.evidence.filter((row) => row.signal === signal)
  return { ...judgement, rowsOf }
}

const sessions = { signal: 'crash_free_sessions', exposure: 'sessions' } as const
const users = { signal: 'crash_free_users', exposure: 'users' } as const
const vitals = { signal: 'web_vitals', exposure: 'views' } as const
const logs = { signal: 'log_errors', exposure: 'requests' } as const
const apdex = { signal: 'apdex', exposure: 'requests' } as const
const kinds: Kind[] = ['concurrent', 'previous_window']

describe.each(kinds)('compared with a %s baseline', (kind) => {
  const input = healthy(kind)

  test('sessions that crash are named, told as what did not crash, and rolled back', () => {
    const signal = shareSignal(input, { ...sessions, seed: 1, perMinute: 60 }, arms(0.005, 0.03))
    const { verdict, severity, sentence, rowsOf } = judged(input, signal)
    expect({ verdict, severity }).toEqual({ verdict: 'roll_back', severity: 'critical' })
    expect(sentence).toMatch(/^Since 1\.1\.0, [\d.]+ % of sessions crash instead of 0\.5\d* %\./)
    const [row] = rowsOf('crash_free_sessions')
    expect(row).toMatchObject({
      unit: 'share',
      worse: 'lower',
      exposure: 'sessions',
      conclusion: 'worse',
      needed: 0,
    })
    expect(row!.candidate.value).toBeCloseTo(0.97, 2)
    expect(row!.low).toBeLessThan(-0.025)
    expect(row!.high).toBeGreaterThan(-0.025)
  })

  test('users who meet a crash are named', () => {
    const signal = shareSignal(input, { ...users, seed: 2, perMinute: 30 }, arms(0.01, 0.05))
    const { sentence, rowsOf } = judged(input, signal)
    expect(rowsOf('crash_free_users')[0]).toMatchObject({ conclusion: 'worse', worse: 'lower' })
    expect(sentence).toContain('of users meet a crash instead of')
  })

  test('poor page views are patched', () => {
    const signal = shareSignal(input, { ...vitals, seed: 3, perMinute: 60 }, arms(0.05, 0.3))
    const { verdict, severity, rowsOf } = judged(input, signal)
    expect({ verdict, severity }).toEqual({ verdict: 'patch', severity: 'minor' })
    expect(rowsOf('web_vitals')[0]).toMatchObject({ conclusion: 'worse', worse: 'higher' })
  })

  test('error logs are told as a ratio', () => {
    const signal = rateSignal(input, { ...logs, seed: 4, perMinute: 300 }, arms(0.01, 0.06))
    const { verdict, sentence, rowsOf } = judged(input, signal)
    expect(verdict).toBe('patch')
    expect(sentence).toMatch(/^Since 1\.1\.0, error logs are [\d.]+ times as frequent\./)
    const [row] = rowsOf('log_errors')
    expect(row).toMatchObject({ unit: 'ratio', conclusion: 'worse', minimumEffect: 2 })
    expect(row!.low).toBeLessThan(6)
    expect(row!.high).toBeGreaterThan(6)
  })

  test('negative feedback counts among items', () => {
    const of = { signal: 'feedback_negative', exposure: 'items' } as const
    const signal = shareSignal(input, { ...of, seed: 5, perMinute: 2 }, arms(0.1, 0.6))
    expect(judged(input, signal).rowsOf('feedback_negative')[0]).toMatchObject({
      unit: 'ratio',
      exposure: 'items',
      conclusion: 'worse',
    })
  })

  test('memory that doubles is told as a ratio of levels', () => {
    const signal = levelSignal(input, { signal: 'memory', seed: 6 }, arms(4e8, 8e8))
    const { sentence, rowsOf } = judged(input, signal)
    expect(sentence).toMatch(/^Since 1\.1\.0, memory use is \d+(\.\d)? % higher\./)
    const [row] = rowsOf('memory')
    expect(row).toMatchObject({ unit: 'ratio', worse: 'higher', conclusion: 'worse', needed: 0 })
    expect(row!.estimate).toBeCloseTo(2, 0)
    expect(row!.low).toBeGreaterThan(1.15)
  })

  test('traffic that stays away is told as a ratio below 1, and asks for a look', () => {
    const { verdict, rowsOf } = judged(input, throughputOf(input, 0.3)!)
    expect(verdict).toBe('watch')
    const [row] = rowsOf('throughput')
    expect(row).toMatchObject({ unit: 'ratio', worse: 'lower', conclusion: 'worse' })
    expect(row!.estimate).toBeCloseTo(0.3, 1)
    expect(row!.high).toBeLessThan(0.8)
  })

  test('satisfaction asks for a look, and has no say beyond', () => {
    const shares = arms([0.05, 0.1, 0.85], [0.3, 0.3, 0.4])
    const signal = scoreSignal(input, { ...apdex, seed: 8, perMinute: 100 }, shares)
    const { verdict, reasons, logE, rowsOf } = judged(input, signal)
    expect(verdict).toBe('watch')
    expect(reasons.map(({ code }) => code)).toEqual(['weightless_alarm'])
    expect(logE).toBe(judge(input).logE)
    expect(rowsOf('apdex')[0]).toMatchObject({ unit: 'score', worse: 'lower', conclusion: 'worse' })
  })

  test('a new unhandled issue is named by its title', () => {
    const issues = [
      { id: 'i1', rate: arms(0, 0.01), facts: { title: 'TypeError: x is undefined' } },
      { id: 'i2', rate: arms(0.001, 0.001) },
    ]
    const births = { births: 3, exposure: 24 * 60 * 300 }
    const signal = issuesSignal(input, { seed: 9, perMinute: 300, previousBirths: births }, issues)
    const { verdict, severity, sentence, rowsOf } = judged(input, signal)
    expect({ verdict, severity }).toEqual({ verdict: 'roll_back', severity: 'major' })
    expect(sentence).toContain('‘TypeError: x is undefined’ is new.')
    const worse = rowsOf('issues').filter(({ conclusion }) => conclusion === 'worse')
    expect(worse.map(({ scope }) => scope.issue)).toEqual([null, 'i1'])
  })

  test('issues that every release bears accuse none', () => {
    const births = { births: 4, exposure: 24 * 60 * 300 }
    const young = ({ minute }: { minute: number }) => (minute < 0 ? 0 : 0.0002)
    const issues = [
      { id: 'i1', rate: young },
      { id: 'i2', rate: young },
      { id: 'i3', rate: arms(0.001, 0.001) },
    ]
    const signal = issuesSignal(input, { seed: 10, perMinute: 300, previousBirths: births }, issues)
    const { verdict, rowsOf } = judged(input, signal)
    expect(verdict).toBe('ship')
    expect(rowsOf('issues').map(({ conclusion }) => conclusion)).not.toContain('worse')
  })
})

describe('an issue', () => {
  const input = healthy('concurrent')

  test('of one user is that user’s alone', () => {
    const accusedOf = (candidate: number) => {
      const facts = { users: { candidate, baseline: 0 } }
      const issue = { id: 'i1', rate: arms(0, 0.01), facts }
      const signal = issuesSignal(input, { seed: 9, perMinute: 300 }, [issue])
      const worse = judged(input, signal)
        .rowsOf('issues')
        .filter((row) => row.conclusion === 'worse')
      return worse.some(({ scope }) => scope.issue === 'i1')
    }
    expect(accusedOf(1)).toBe(false)
    expect(accusedOf(2)).toBe(true)
  })

  test('that hits many users is critical', () => {
    const facts = { users: { candidate: 80, baseline: 1 } }
    const many = { id: 'i1', rate: arms(0, 0.01), facts }
    const signal = issuesSignal(input, { seed: 9, perMinute: 300 }, [many])
    const known = { ...signal, users: { candidate: 1000, baseline: 1000 } }
    expect(judged(input, known).severity).toBe('critical')
  })

  test('that crashes every instance is found before the warm-up is over', () => {
    const young = healthy('concurrent', 5)
    const crashing = { id: 'i1', rate: arms(0, 20) }
    const signal = issuesSignal(young, { seed: 11, perMinute: 3 }, [crashing])
    const withInstances = (rows: IssueRows) => ({ ...rows, instanceMinutes: rows.exposure })
    const looping = {
      ...signal,
      reference: withInstances(signal.reference),
      comparison: withInstances(signal.comparison),
    }
    expect(judged(young, signal).verdict).toBe('insufficient_data')
    const { verdict, judgedMinutes, sentence, rowsOf } = judged(young, looping)
    expect({ verdict, judgedMinutes }).toEqual({ verdict: 'roll_back', judgedMinutes: 0 })
    expect(sentence).toContain('unhandled errors are')
    expect(rowsOf('issues')[0]).toMatchObject({ exposure: 'minutes', conclusion: 'worse' })
  })
})

describe('crash-free sessions as a guardrail', () => {
  const input = healthy('concurrent', 600)
  const many = (seed: number, draw: Drawn<number>) =>
    shareSignal(input, { ...sessions, seed, perMinute: 600 }, draw)

  test('hold a release back while sessions may still crash', () => {
    const shippedAt = (signals: SignalInput[]) => {
      const { changes } = foldMinutes({ ...input, signals })
      return changes.find(({ decision }) => decision.state === 'ship')?.sinceMinute
    }
    const without = shippedAt([])!
    const guarded = shippedAt([many(12, arms(0.001, 0.001))])!
    expect(guarded).toBeGreaterThanOrEqual(without)
    const fewer = shareSignal(input, { ...sessions, seed: 13, perMinute: 5 }, arms(0.001, 0.001))
    expect(shippedAt([fewer])).toBeUndefined()
  })

  test('count once they are half an hour old', () => {
    const signals = [many(14, arms(0.001, 0.001))]
    const further = new FurtherSignals({ ...input, signals })
    const from = input.baseline.comparison.fromMinute
    const old = input.policy.warmupMinutes + input.policy.sessionMinutesMin
    for (let minute = from; minute < from + old; minute += 1) further.add(minute, false)
    expect(further.openGuard!.first.sums.minutes).toBe(0)
    further.add(from + old, false)
    expect(further.openGuard!.first.sums.minutes).toBe(1)
  })
})

describe('weights', () => {
  test('go by the reference alone, whatever the candidate sends', () => {
    const input = healthy('concurrent')
    const signal = shareSignal(input, { ...sessions, seed: 1, perMinute: 60 }, arms(0.005, 0.05))
    const unknown = { ...signal, reference: empty(signal.reference) }
    const { logE, rowsOf } = judged(input, unknown)
    expect(logE).toBe(judge(input).logE)
    expect(rowsOf('crash_free_sessions')[0]).toMatchObject({ conclusion: 'worse' })
  })

  test('of one signal with two exposures are shared by both', () => {
    const input = healthy('concurrent')
    const of = { signal: 'feedback_negative' } as const
    const items = shareSignal(
      input,
      { ...of, exposure: 'items', seed: 1, perMinute: 3 },
      arms(0.2, 0.2),
    )
    const rate = rateSignal(
      input,
      { ...of, exposure: 'sessions', seed: 2, perMinute: 60 },
      arms(0.01, 0.01),
    )
    const both = new FurtherSignals({ ...input, signals: [items, rate] })
    expect(both.ids).toEqual(['feedback_negative'])
    expect(judged(input, items, rate).rowsOf('feedback_negative')).toHaveLength(2)
  })
})

test('the order of rows changes nothing', () => {
  const input = healthy('concurrent', 90)
  const signals: SignalInput[] = [
    shareSignal(input, { ...sessions, seed: 1, perMinute: 20 }, arms(0.01, 0.03)),
    rateSignal(input, { ...logs, seed: 2, perMinute: 30 }, arms(0.05, 0.1)),
  ]
  const expected = JSON.stringify(judge({ ...input, signals }))
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (keys) => {
      const mixed = signals.map((signal) =>
        signal.kind === 'share' || signal.kind === 'rate'
          ? {
              ...signal,
              reference: shuffled(signal.reference, keys),
              comparison: shuffled(signal.comparison, keys),
            }
          : signal,
      )
      expect(JSON.stringify(judge({ ...input, signals: mixed }))).toBe(expected)
    }),
    { numRuns: 3 },
  )
})

test.each([0, 1e9])('a count of %d gives finite numbers', (n) => {
  const input = healthy('concurrent', 60)
  const signal = shareSignal(input, { ...vitals, seed: 1, perMinute: 0 }, arms(0, 0))
  const filled = (rows: CountRows) => ({ ...rows, n: rows.n.map(() => n), x: rows.n.map(() => n) })
  const signals: SignalInput[] = [
    { ...signal, reference: filled(signal.reference), comparison: filled(signal.comparison) },
    {
      kind: 'rate',
      ...logs,
      reference: filled(signal.reference),
      comparison: filled(signal.comparison),
      users: null,
    },
  ]
  const text = JSON.stringify(judge({ ...input, signals }).evidence, (_, value: unknown) => {
    return typeof value === 'number' && !Number.isFinite(value) ? 'not finite' : value
  })
  expect(text).not.toContain('not finite')
})

describe('throughput', () => {
  const week = 7 * 24 * 60

  test('is that of all versions of the service, beside the same hour of an earlier week', () => {
    const now = 30 * week
    const minutes = [now - 2 * week, now - week, now - week, now - 9, now, now, now + 60]
    const totals = { minute: minutes, requests: [90, 20, 22, 7, 3, 2, 8] }
    const windows = {
      reference: { fromMinute: now - 10, untilMinute: now },
      comparison: { fromMinute: now, untilMinute: now + 100 },
    }
    const { reference, comparison } = throughputInput(totals, windows)!
    expect([...reference.level]).toEqual([7])
    const rows = [...comparison.minute].map((minute, row) => {
      return { minute: minute - now, arm: comparison.arm[row], level: comparison.level[row] }
    })
    expect(rows).toEqual([
      { minute: 0, arm: 1, level: 5 },
      { minute: 60, arm: 1, level: 8 },
      { minute: 0, arm: 0, level: 42 },
    ])
  })

  test('without an earlier week is none', () => {
    const windows = {
      reference: { fromMinute: 0, untilMinute: 10 },
      comparison: { fromMinute: 10, untilMinute: 20 },
    }
    expect(throughputInput({ minute: [3, 12], requests: [5, 5] }, windows)).toBeUndefined()
  })

  test('that is low every weekend is healthy on a weekend', () => {
    const input = healthy('previous_window')
    const [row] = judged(input, throughputOf(input, 1, 0.2)!).rowsOf('throughput')
    expect(row!.conclusion).not.toBe('worse')
  })
})

test('healthy releases rarely look guilty in any signal, though looked at every minute', () => {
  const input = healthy('concurrent', 300)
  const runs = 40
  const suspicious = Array.from({ length: runs }, (_, run) => {
    const seed = 1000 + run
    const signals: SignalInput[] = [
      shareSignal(input, { ...sessions, seed, perMinute: 20 }, arms(0.01, 0.01)),
      rateSignal(input, { ...logs, seed, perMinute: 100 }, arms(0.01, 0.01)),
      levelSignal(input, { signal: 'cpu', seed }, arms(0.4, 0.4)),
      issuesSignal(
        input,
        { seed, perMinute: 100 },
        Array.from({ length: 12 }, (__, k) => ({
          id: `i${k}`,
          rate: ({ minute }: { minute: number }) => (k < 6 && minute < 0 ? 0 : 0.0005),
        })),
      ),
    ]
    const further = new FurtherSignals({ ...input, signals })
    const crossed = new Set<string>()
    const { fromMinute, untilMinute } = input.baseline.comparison
    for (let minute = fromMinute; minute < untilMinute; minute += 1) {
      further.add(minute, false)
      for (const id of further.ids) {
        if (further.logE(id, 'exact') >= Math.log(20)) crossed.add(id)
      }
    }
    return crossed.size
  })
  // Ville: at most one in twenty of 160, and three standard errors.
  expect(suspicious.reduce((sum, crossed) => sum + crossed, 0)).toBeLessThanOrEqual(16)
})

/** A thousand requests a minute before the deployment, shares of them now and a week earlier. */
function throughputOf({ baseline }: JudgeInput, now: number, season = 1) {
  const { reference, comparison } = baseline
  const week = 7 * 24 * 60
  const random = new Random(7)
  const minute: number[] = []
  const requests: number[] = []
  const add = (at: number, mean: number) => {
    minute.push(at)
    requests.push(random.poisson(mean))
  }
  for (let at = reference!.fromMinute; at < reference!.untilMinute; at += 1) add(at, 1000)
  for (let at = comparison.fromMinute; at < comparison.untilMinute; at += 1) {
    add(at, 1000 * now * season)
    add(at - week, 1000 * season)
  }
  return throughputInput({ minute, requests }, { reference: reference!, comparison })
}

function empty(rows: CountRows): CountRows {
  return {
    strata: [],
    minute: new Int32Array(),
    stratum: new Uint16Array(),
    arm: new Uint8Array(),
    n: rows.n.slice(0, 0),
    x: rows.x.slice(0, 0),
  }
}

function shuffled(rows: CountRows, keys: fc.Stream<number>): CountRows {
  const order = Array.from(rows.minute, (_, row) => ({ row, key: keys.next().value! }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ row }) => row)
  const pick = (values: ArrayLike<number>) => order.map((row) => values[row]!)
  return {
    strata: rows.strata,
    minute: Int32Array.from(pick(rows.minute)),
    stratum: Uint16Array.from(pick(rows.stratum)),
    arm: Uint8Array.from(pick(rows.arm)),
    n: Float64Array.from(pick(rows.n)),
    x: Float64Array.from(pick(rows.x)),
  }
}
