import type { ClickHouseClient } from '@clickhouse/client'
import type { Severity, VerdictState } from '@aftermath/schemas/verdict'
import { describe, expect, test } from 'vitest'
import {
  capVerdicts,
  decideGate,
  strictest,
  worstOf,
  type GateCase,
  type GatePolicy,
} from './gate-decision.ts'
import { openReleaseIndexes } from './release-index.ts'

const usual: GatePolicy = { failOn: ['roll_back', 'patch'], baseline: 'auto' }
const which = { service: 'shop', version: '2' }

type Judged = NonNullable<GateCase['judgement']>

function judged(verdict: VerdictState, more: Partial<Judged> = {}): Judged {
  const baseline = { version: '1', kind: 'concurrent' as const, from: null, to: null, why: '' }
  const reasons = [{ code: 'x', sentence: '' }]
  return { verdict, severity: null, reasons, baseline, logE: 0, ...more }
}

function caseOf(judgement: Judged | undefined, more: Partial<GateCase> = {}): GateCase {
  return { ...which, judgement, decision: undefined, signedOff: false, isStale: false, ...more }
}

type Decided = NonNullable<GateCase['decision']>
const decided = (
  action: Decided['action'],
  verdict: VerdictState = 'roll_back',
  severity: Severity | '' = '',
): Decided => ({ action, verdict, severity, by: 'Ada', reason: 'known' })

describe('a verdict', () => {
  test.each<[VerdictState, Partial<GatePolicy>, Partial<GateCase>, string]>([
    ['ship', {}, {}, 'pass'],
    ['watch', {}, {}, 'pass'],
    ['patch', {}, {}, 'fail'],
    ['roll_back', {}, {}, 'fail'],
    ['insufficient_data', {}, {}, 'wait'],
    ['watch', { failOn: ['roll_back', 'patch', 'watch'] }, {}, 'fail'],
    ['patch', { failOn: ['roll_back'] }, {}, 'pass'],
    ['watch', { passOn: ['ship'] }, {}, 'wait'],
    ['ship', { passOn: ['ship'] }, {}, 'pass'],
    ['patch', { passOn: ['patch'] }, {}, 'fail'], // what fails is not asked whether it passes
    ['insufficient_data', { passOn: ['ship', 'insufficient_data'] }, {}, 'pass'],
    ['insufficient_data', { failOn: ['insufficient_data'] }, {}, 'fail'],
    ['ship', {}, { isStale: true }, 'wait'],
    ['roll_back', {}, { isStale: true }, 'fail'], // what is known to be bad stays bad
    ['ship', { baseline: '1' }, {}, 'pass'],
    ['ship', { baseline: '0' }, {}, 'wait'],
    ['roll_back', { baseline: '0' }, {}, 'fail'],
    ['ship', { require: 'uat' }, {}, 'wait'],
    ['ship', { require: 'uat' }, { signedOff: true }, 'pass'],
    ['roll_back', { require: 'uat' }, { signedOff: true }, 'fail'],
  ])('%s under %o, %o: %s', (verdict, policy, more, decision) => {
    const answer = decideGate(caseOf(judged(verdict), more), { ...usual, ...policy })
    expect(answer.decision).toBe(decision)
  })
})

test('a service’s first release passes: a pipeline must be able to begin', () => {
  const baseline = { version: null, kind: 'none' as const, from: null, to: null, why: '' }
  const reasons = [{ code: 'first_release', sentence: '' }]
  const first = caseOf(judged('insufficient_data', { baseline, reasons }))
  expect(decideGate(first, usual).decision).toBe('pass')
})

test.each<[string, GateCase, string]>([
  [
    'was not seen',
    caseOf(undefined, { notSeen: [{ code: 'not_seen', sentence: '' }] }),
    'not_seen',
  ],
  ['was not judged', caseOf(undefined), 'not_judged'],
  [
    'is silent',
    caseOf(judged('insufficient_data', { reasons: [{ code: 'silent', sentence: '' }] })),
    'silent',
  ],
])('a release that %s waits, whatever is said to pass', (_, one, code) => {
  const { decision, reasons } = decideGate(one, { ...usual, passOn: ['ship', 'insufficient_data'] })
  expect(decision).toBe('wait')
  expect(reasons[0]).toMatchObject({ code })
})

describe('a person’s decision', () => {
  test.each<[Decided, VerdictState, Severity | null, string, string]>([
    [decided('accept'), 'roll_back', null, 'pass', 'accepted'],
    [decided('accept', 'roll_back', 'major'), 'roll_back', 'minor', 'pass', 'accepted'],
    [
      decided('accept', 'roll_back', 'major'),
      'roll_back',
      'critical',
      'fail',
      'worse_than_accepted',
    ],
    [decided('accept', 'watch'), 'patch', 'minor', 'fail', 'worse_than_accepted'],
    [decided('accept', 'watch'), 'insufficient_data', null, 'pass', 'accepted'],
    [decided('hold', 'ship'), 'ship', null, 'wait', 'held'],
    [decided('hold'), 'roll_back', null, 'wait', 'held'],
    [decided('roll_back', 'ship'), 'ship', null, 'fail', 'decided_roll_back'],
    [decided('patch', 'watch'), 'watch', null, 'fail', 'decided_patch'],
    [decided('turn_off_flag', 'watch'), 'watch', null, 'pass', 'x'], // what is left is judged on
  ])('%o against %s, %s: %s', (decision, verdict, severity, expected, code) => {
    const answer = decideGate(caseOf(judged(verdict, { severity }), { decision }), usual)
    expect(answer.decision).toBe(expected)
    expect(answer.reasons[0]?.code).toBe(code)
  })

  test('is told with who and why', () => {
    const { reasons } = decideGate(caseOf(judged('ship'), { decision: decided('hold') }), usual)
    expect(reasons[0]?.sentence).toBe('Ada holds 2: known')
  })
})

describe('of a release that spans services', () => {
  const bad = (logE: number, code = 'harmful') =>
    caseOf(judged('roll_back', { logE, reasons: [{ code, sentence: '' }] }))
  const fine = caseOf(judged('ship'))
  const thresholds = { patch: 100, rollBack: 1000 }
  const verdicts = (...cases: GateCase[]) =>
    capVerdicts(cases, thresholds).map(({ judgement }) => judgement?.verdict)

  test('the mean of the e-values says how far a verdict may go', () => {
    expect(verdicts(bad(Math.log(1500)))).toEqual(['roll_back'])
    expect(verdicts(bad(Math.log(2002)), fine)).toEqual(['roll_back', 'ship'])
    expect(verdicts(bad(Math.log(1500)), fine)).toEqual(['patch', 'ship'])
    expect(verdicts(bad(Math.log(1001)), ...Array.from({ length: 19 }, () => fine))[0]).toBe(
      'watch',
    )
    expect(verdicts(bad(5000), fine)).toEqual(['roll_back', 'ship']) // beyond what e^x can hold
  })

  test('what fails outright stays, and a capped verdict says why', () => {
    expect(verdicts(bad(Math.log(1500), 'fails_outright'), fine)[0]).toBe('roll_back')
    const [capped] = capVerdicts([bad(Math.log(1500)), fine], thresholds)
    expect(capped?.judgement?.reasons[0]).toEqual({
      code: 'spans_services',
      sentence:
        'It is one to roll back by itself; over all 2 services the evidence makes it one to patch.',
    })
  })

  test('the strictest answer decides', () => {
    expect(strictest(['pass', 'wait', 'fail'])).toBe('fail')
    expect(strictest(['pass', 'wait'])).toBe('wait')
    expect(strictest(['pass', 'pass'])).toBe('pass')
    expect(worstOf([judged('ship'), judged('patch'), judged('watch')]).verdict).toBe('patch')
  })
})

test('a thousand pipelines that ask at once are one reading, and a decision is seen at once', async () => {
  let queries = 0
  const client = {
    query: () => {
      queries++
      return Promise.resolve({ json: () => Promise.resolve([]) })
    },
  } as unknown as ClickHouseClient // of which it uses this alone
  let nowMs = 0
  const indexes = openReleaseIndexes(() => nowMs)
  const ask = (database = 'shop') => indexes.of(database, client)
  await Promise.all(Array.from({ length: 1000 }, () => ask()))
  const once = queries
  expect(once).toBeLessThan(10)
  nowMs = 999
  await ask()
  expect(queries).toBe(once)
  await ask('other')
  expect(queries).toBe(2 * once)
  indexes.forget('shop')
  await ask()
  expect(queries).toBe(3 * once)
  nowMs = 2000
  await ask()
  expect(queries).toBe(4 * once)
})

test('a reading that failed is not handed on', async () => {
  let fails = true
  const client = {
    query: () =>
      fails
        ? Promise.reject(new Error('away'))
        : Promise.resolve({ json: () => Promise.resolve([]) }),
  } as unknown as ClickHouseClient // of which it uses this alone
  const indexes = openReleaseIndexes(() => 0)
  await expect(indexes.of('shop', client)).rejects.toThrow('away')
  fails = false
  await expect(indexes.of('shop', client)).resolves.toMatchObject({ lines: [] })
})
