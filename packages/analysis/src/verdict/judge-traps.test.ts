import { describe, expect, test } from 'vitest'
import { firstMinuteOf, simulate, simulatedInput, UNCHANGED } from '../../test/simulation.ts'
import type { ArmMinute, Scenario } from '../../test/simulation.ts'
import { countedColumns, countedHistograms } from '../counts/counted-operations.ts'
import { foldMinutes } from '../watch/fold-minutes.ts'
import type { InstanceMinutes } from '../counts/instances.ts'
import { judge } from './judge.ts'
import type { JudgeInput } from './judgement.ts'
import { CANDIDATE } from '../counts/minute-columns.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'
import { defaultPolicy } from '../policy/policy.ts'
import type { Reference } from '../baseline/reference.ts'

const arm = (requests: number, errorRate: number): ArmMinute => {
  return { requests, errorRate, slow: UNCHANGED }
}

const canary: Scenario = {
  seed: 11,
  kind: 'concurrent',
  minutesBefore: 300,
  minutesAfter: 90,
  baseline: () => arm(1500, 0.005),
  candidate: () => arm(1500, 0.005),
}
const alarm: Scenario = { ...canary, candidate: () => arm(1500, 0.03) }

describe('an operation that only the release has', () => {
  const operations = ['GET /', 'GET /new']
  const withNew = (errorRate: number) => {
    const only = (own: ArmMinute) => (_: number, operation: number) =>
      operation === 0 ? arm(1500, 0.005) : own
    const input = simulatedInput({
      ...canary,
      operations,
      baseline: only(arm(0, 0)),
      candidate: only(arm(20, errorRate)),
    })
    // Nothing was ever measured of it: the reference has not even its name.
    return { ...input, reference: knownOnly(input.reference!, 'GET /') }
  }

  test('is listed, and changes no evidence of the others', () => {
    const input = withNew(0.01)
    const judgement = judge(input)
    expect(judgement.flags).toContain('new_operation')
    expect(judgement.newOperations).toMatchObject([{ operation: 'GET /new', failing: false }])
    const old = rowsOf(input.columns, (row) => input.columns.operation[row] === 0)
    expect(judge({ ...input, columns: old }).evidence).toEqual(judgement.evidence)
  })

  test('is watched where it fails more than it may', () => {
    const judgement = judge(withNew(0.3))
    expect(judgement).toMatchObject({ verdict: 'watch', severity: null })
    expect(judgement.sentence).toMatch(/^GET \/new: new, and failing more than 4 times/)
    expect(judgement.newOperations).toMatchObject([{ failing: true }])
  })

  test('is not new where the baseline serves it too', () => {
    const both = (_: number, operation: number) => arm(operation === 0 ? 1500 : 20, 0.3)
    const input = simulatedInput({ ...canary, operations, baseline: both, candidate: both })
    const judgement = judge({ ...input, reference: knownOnly(input.reference!, 'GET /') })
    expect(judgement.newOperations).toEqual([])
  })
})

describe('operations that must not regress', () => {
  const operations = ['GET /', 'GET /cart', 'POST /pay']
  const pay = (errorRate: number) => (_: number, operation: number) =>
    operation === 2 ? arm(3, errorRate) : arm(1500, 0.005)
  const scenario: Scenario = {
    ...canary,
    operations,
    minutesBefore: 1440,
    minutesAfter: 300,
    baseline: pay(0.02),
    candidate: pay(0.02),
  }
  const guarded = (input: JudgeInput) => {
    return { ...input, policy: { ...input.policy, mustNotRegress: ['POST *'] } }
  }

  test('keep a release from shipping until they are cleared too', () => {
    const input = simulatedInput(scenario)
    expect(judge(input).verdict).toBe('ship')
    const judgement = judge(guarded(input))
    expect(judgement.verdict).toBe('insufficient_data')
    expect(judgement.changesIt.join(' ')).toContain('Error rate of POST /pay: a rise of up to')
  })

  test('are found sooner', () => {
    const broken = simulatedInput({ ...scenario, minutesAfter: 400, candidate: pay(0.4) })
    const found = (input: JudgeInput) => firstMinuteOf(foldMinutes(input), ['patch', 'roll_back'])
    expect(found(guarded(broken))!).toBeLessThan(found(broken) ?? Infinity)
  })
})

test('an operation too small to move the whole keeps a release from shipping', () => {
  const operations = Array.from({ length: 12 }, (_, k) => `GET /${k}`)
  const rare = (errorRate: number) => (_: number, operation: number) =>
    operation === 0 ? arm(4, errorRate) : arm(400, 0.005)
  const fold = simulate({
    ...canary,
    operations,
    minutesBefore: 1440,
    minutesAfter: 100,
    baseline: rare(0.005),
    candidate: rare(0.25),
  })
  expect(fold.evidence.guardrails.every(({ passed }) => passed)).toBe(true)
  expect(fold.evidence.accusedOperations).toEqual(['GET /0'])
  expect(fold.changes.map(({ decision }) => decision.state)).not.toContain('ship')
})

describe('instances', () => {
  const serving = (scenario: Scenario, of: InstanceRows[]): JudgeInput => {
    const input = simulatedInput(scenario)
    return { ...input, instances: instanceMinutes(input, of) }
  }
  const pod = (name: string, failures: number, from = 0): InstanceRows => {
    return { name, from, requests: 500, failures }
  }

  test('one of three that carries the harm is a machine, not the release', () => {
    const third = { ...canary, minutesAfter: 60, candidate: () => arm(1500, 0.03) }
    const judgement = judge(serving(third, [pod('a', 2), pod('b', 3), pod('c', 40)]))
    expect(judgement).toMatchObject({ verdict: 'watch', flags: ['instance_outlier'] })
    expect(judgement.sentence).toContain('comes from one instance, c:')
  })

  test('that all carry it do not excuse the release', () => {
    const all = { ...canary, minutesAfter: 60, candidate: () => arm(1500, 0.03) }
    const judgement = judge(serving(all, [pod('a', 15), pod('b', 15), pod('c', 15)]))
    expect(judgement.verdict).toBe('roll_back')
  })

  test('that start are not judged while they warm up', () => {
    // Every new instance fails half of its first five minutes' requests.
    const starts = [20, 40, 60]
    const input = serving(
      canary,
      starts.map((from, k) => ({ ...pod(`pod-${k}`, 150, from), until: from + 5, requests: 300 })),
    )
    const { columns, baseline } = input
    for (const [row, minute] of columns.minute.entries()) {
      const age = minute - baseline.comparison.fromMinute
      const warming = starts.some((from) => age >= from && age < from + 5)
      if (columns.arm[row] !== CANDIDATE || !warming) continue
      columns.requests[row]! += 300
      columns.failures[row]! += 150
    }
    expect(judge({ ...input, instances: null }).verdict).not.toBe('ship')
    expect(judge(input).verdict).toBe('ship')
  })

  test('a minute that is largely theirs compares nothing', () => {
    const input = serving(canary, [{ name: 'a', from: 20, requests: 1000, failures: 0 }])
    const judged = judge({ ...input, instances: null }).judgedMinutes
    expect(judge(input).judgedMinutes).toBe(judged - 5)
  })

  test('with clocks that lie make the release untellable where they are most of it', () => {
    const skewed = [{ ...pod('a', 2), skewed: true }, pod('b', 2)]
    const one = judge(serving(canary, [...skewed, pod('c', 2)]))
    expect(one.flags).toEqual(['clock_skew'])
    const both = judge(serving(canary, [skewed[0]!, { ...pod('c', 2), skewed: true }]))
    expect(both.verdict).toBe('insufficient_data')
    expect(both.sentence).toContain('set their clocks')
  })
})

describe('sampling', () => {
  test('that prefers failures says nothing of their share', () => {
    const input = simulatedInput(alarm)
    const judgement = judge({ ...input, sampling: { weight: 1, biased: true } })
    expect(judgement).toMatchObject({ verdict: 'insufficient_data', flags: expect.any(Array) })
    expect(judgement.flags).toContain('biased_sample')
  })

  test('before the outcome scales what is shown, not what is tested', () => {
    const input = simulatedInput(alarm)
    const whole = judge(input)
    const tenth = judge({ ...input, sampling: { weight: 10, biased: false } })
    expect(tenth.excessFailures).toBeCloseTo(10 * whole.excessFailures!, 6)
    expect(tenth.evidence).toEqual(whole.evidence)
  })
})

describe('users', () => {
  const small: Scenario = { ...canary, candidate: () => arm(1500, 0.0072) }
  const withUsers = (hit: number) => {
    const users = {
      candidate: { users: 1000, hit },
      baseline: { users: 2000, hit: 20 },
    }
    return judge({ ...simulatedInput({ ...small, minutesAfter: 400 }), users })
  }

  test('are hit who would not have been on the baseline', () => {
    expect(withUsers(18).usersReached).toEqual({ users: 8, share: 0.008 })
    expect(withUsers(5).usersReached).toEqual({ users: 0, share: 0 })
  })

  test('are told beside the requests', () => {
    const users = { candidate: { users: 1000, hit: 60 }, baseline: { users: 2000, hit: 20 } }
    const { sentence } = judge({ ...simulatedInput(alarm), users })
    expect(sentence).toMatch(/more so far, and about 50 users hit \(5 %\)\./)
  })

  test('make harm major, then critical', () => {
    const severities = [15, 40, 70].map((hit) => withUsers(hit).severity)
    expect(severities).toEqual(['minor', 'major', 'critical'])
  })
})

test('what nobody waits for is cut before counting', () => {
  const operations = ['GET /', 'GET /healthz']
  const probe = (rate: number) => (_: number, operation: number) =>
    operation === 0 ? arm(1500, 0.005) : arm(500, rate)
  const input = simulatedInput({ ...canary, operations, baseline: probe(0), candidate: probe(0.9) })
  expect(judge(input).verdict).toBe('roll_back')
  const columns = countedColumns(input.columns, defaultPolicy)
  const judgement = judge({
    ...input,
    columns,
    reference: knownOnly(input.reference!, 'GET /'),
  })
  expect(judgement.verdict).toBe('ship')
  expect(columns.requests.length).toBe(input.columns.requests.length / 2)
  expect(countedColumns(columns, { ...defaultPolicy, ignoredOperations: [] })).toBe(columns)
  const durations = [
    { operation: 'GET /', bucket: 1, count: 1 },
    { operation: 'GET /healthz', bucket: 1, count: 1 },
  ]
  expect(countedHistograms(durations, defaultPolicy)).toEqual(durations.slice(0, 1))
})

function rowsOf(columns: MinuteColumns, keeps: (row: number) => boolean): MinuteColumns {
  return permuted(columns, Array.from(columns.arm.keys()).filter(keeps))
}

/** A reference that never saw any other operation. */
function knownOnly(reference: Reference, operation: string): Reference {
  const at = reference.operations.indexOf(operation)
  const own = <Value>(values: Value[]) => [values[at]!]
  const blocks = (values: number[]) => {
    return values.filter((_, k) => k % reference.operations.length === at)
  }
  const measureOf = (measure: Reference['measures']['errors']) => {
    return { pooled: measure.operations[at]!, operations: own(measure.operations) }
  }
  return {
    ...reference,
    operations: [operation],
    requests: own(reference.requests),
    measures: {
      errors: measureOf(reference.measures.errors),
      slow50: measureOf(reference.measures.slow50),
      slow95: measureOf(reference.measures.slow95),
      slow99: measureOf(reference.measures.slow99),
    },
    blocks: {
      requests: blocks(reference.blocks.requests),
      errors: blocks(reference.blocks.errors),
      slow50: blocks(reference.blocks.slow50),
      slow95: blocks(reference.blocks.slow95),
      slow99: blocks(reference.blocks.slow99),
    },
  }
}

/** An instance serving evenly; minutes count from the first request of the release. */
type InstanceRows = {
  name: string
  from: number
  until?: number
  requests: number
  failures: number
  skewed?: boolean
}

function instanceMinutes(input: JudgeInput, of: InstanceRows[]): InstanceMinutes {
  const { fromMinute, untilMinute } = input.baseline.comparison
  const instances = [...new Set(of.map(({ name }) => name))]
  const rows = of.flatMap(({ name, from, until, requests, failures }) => {
    const end = until === undefined ? untilMinute : fromMinute + until
    return Array.from({ length: end - fromMinute - from }, (_, k) => {
      return { name, minute: fromMinute + from + k, requests, failures }
    })
  })
  return {
    instances,
    skewed: instances.map((name) => of.some((one) => one.name === name && one.skewed === true)),
    minute: Int32Array.from(rows, ({ minute }) => minute),
    instance: Uint16Array.from(rows, ({ name }) => instances.indexOf(name)),
    arm: new Uint8Array(rows.length).fill(CANDIDATE),
    requests: Float64Array.from(rows, ({ requests }) => requests),
    failures: Float64Array.from(rows, ({ failures }) => failures),
  }
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
