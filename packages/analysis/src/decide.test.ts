import { describe, expect, test } from 'vitest'
import { decide } from './decide.ts'
import type { DecisionContext, DecisionEvidence } from './decide.ts'
import { defaultPolicy } from './policy.ts'

const quiet: DecisionEvidence = {
  logE: Math.log(1),
  severity: null,
  rollBackSeverity: null,
  named: [],
  accusedOperations: [],
  failsOutright: false,
  guardrails: [
    { signal: 'error_rate', passed: false },
    { signal: 'latency', passed: false },
  ],
  harmPerMinute: 0,
}
const passed = quiet.guardrails.map((guardrail) => ({ ...guardrail, passed: true }))

const canary: DecisionContext = {
  baselineKind: 'concurrent',
  baselineBad: false,
  judgedMinutes: 60,
  ageMinutes: 65,
  someMinimumMet: true,
  guardrailMinimaMet: true,
  silent: false,
  globalShift: false,
  noControls: false,
  changedAtDeployment: false,
  wentAway: false,
  share: 0.5,
  rollBackTo: '1.0.0',
  newerRelease: null,
  irreversibleMigration: false,
}
const replacement: DecisionContext = {
  ...canary,
  baselineKind: 'previous_window',
  share: 1,
  noControls: true,
  changedAtDeployment: true,
}

const major: DecisionEvidence = {
  ...quiet,
  logE: Math.log(1000),
  severity: 'major',
  rollBackSeverity: 'major',
  named: ['error_rate'],
  harmPerMinute: 3,
}
const minor: DecisionEvidence = { ...major, severity: 'minor', rollBackSeverity: 'minor' }
const suspicious: DecisionEvidence = { ...quiet, logE: Math.log(20), severity: 'major' }
const outright: DecisionEvidence = { ...quiet, failsOutright: true }

type Case = {
  when: string
  evidence?: DecisionEvidence
  context?: Partial<DecisionContext>
  row: string
  state: string
  reason?: string
}

function check(cases: Case[], base: DecisionContext) {
  test.each(cases)('$when: $state', ({ evidence = quiet, context = {}, row, state, reason }) => {
    const decision = decide(evidence, { ...base, ...context }, defaultPolicy)
    expect(decision).toMatchObject({ row, state })
    if (reason !== undefined) expect(decision.reasons).toContain(reason)
    expect(decision.action).toBe(state === 'patch' || state === 'roll_back' ? state : null)
  })
}

describe('beside a concurrent baseline', () => {
  check(
    [
      {
        when: 'the service is silent',
        context: { silent: true },
        row: '0',
        state: 'insufficient_data',
        reason: 'silent',
      },
      {
        when: 'no minute has both arms',
        context: { judgedMinutes: 0 },
        row: '0',
        state: 'insufficient_data',
        reason: 'not_compared',
      },
      {
        when: 'every signal lacks requests',
        context: { someMinimumMet: false },
        row: '0',
        state: 'insufficient_data',
        reason: 'minima_unmet',
      },
      {
        when: 'requests are few but telling',
        evidence: suspicious,
        context: { someMinimumMet: false },
        row: '5',
        state: 'watch',
      },
      {
        when: 'it fails outright in its first minutes',
        evidence: outright,
        context: { judgedMinutes: 0, someMinimumMet: false, ageMinutes: 3 },
        row: '1b',
        state: 'roll_back',
        reason: 'fails_outright',
      },
      {
        when: 'it fails outright with nothing to go back to',
        evidence: outright,
        context: { rollBackTo: null },
        row: '1b',
        state: 'patch',
        reason: 'no_roll_back_target',
      },
      {
        when: 'harm is proven and major',
        evidence: major,
        row: '3',
        state: 'roll_back',
        reason: 'harmful',
      },
      {
        when: 'harm is proven and minor',
        evidence: minor,
        row: '4',
        state: 'patch',
        reason: 'minor',
      },
      {
        when: 'proof is just short',
        evidence: { ...major, logE: Math.log(999) },
        row: '5',
        state: 'watch',
      },
      {
        when: 'a newer release is on top',
        evidence: major,
        context: { newerRelease: '1.2.0' },
        row: '4',
        state: 'patch',
        reason: 'newer_release',
      },
      {
        when: 'a migration cannot be undone',
        evidence: major,
        context: { irreversibleMigration: true },
        row: '4',
        state: 'patch',
        reason: 'irreversible_migration',
      },
      {
        when: 'nothing good came before',
        evidence: major,
        context: { rollBackTo: null },
        row: '4',
        state: 'patch',
        reason: 'no_roll_back_target',
      },
      {
        when: 'it has carried all traffic for a day',
        evidence: major,
        context: { ageMinutes: 1441, share: 1 },
        row: '4',
        state: 'patch',
        reason: 'long_at_full_traffic',
      },
      {
        when: 'a day old but critical',
        evidence: { ...major, severity: 'critical', rollBackSeverity: 'critical' },
        context: { ageMinutes: 1441, share: 1 },
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'a day old at half the traffic',
        evidence: major,
        context: { ageMinutes: 1441 },
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'the lower bound of the harm is nothing',
        evidence: { ...major, harmPerMinute: 0 },
        row: '4',
        state: 'patch',
        reason: 'not_worth_it',
      },
      {
        when: 'evidence is past the gate of no scope',
        evidence: { ...major, severity: null },
        row: '5',
        state: 'watch',
      },
      {
        when: 'attention is due',
        evidence: suspicious,
        row: '5',
        state: 'watch',
        reason: 'suspicious',
      },
      {
        when: 'attention is nearly due',
        evidence: { ...suspicious, logE: Math.log(19.9) },
        row: '7',
        state: 'insufficient_data',
      },
      {
        when: 'the harm went away',
        evidence: major,
        context: { wentAway: true },
        row: '1',
        state: 'watch',
        reason: 'went_away',
      },
      {
        when: 'every guardrail passed',
        evidence: { ...quiet, guardrails: passed },
        row: '6',
        state: 'ship',
        reason: 'no_regression',
      },
      {
        when: 'every guardrail passed before half an hour',
        evidence: { ...quiet, guardrails: passed },
        context: { judgedMinutes: 29 },
        row: '7',
        state: 'insufficient_data',
      },
      {
        when: 'one guardrail did not pass',
        evidence: { ...quiet, guardrails: [...passed.slice(1), quiet.guardrails[0]!] },
        row: '7',
        state: 'insufficient_data',
      },
      {
        when: 'an operation is accused',
        evidence: { ...quiet, guardrails: passed, accusedOperations: ['POST /pay'] },
        row: '7',
        state: 'insufficient_data',
      },
      {
        when: 'the baseline was bad itself',
        evidence: { ...quiet, guardrails: passed },
        context: { baselineBad: true },
        row: '7',
        state: 'insufficient_data',
        reason: 'baseline_bad',
      },
      {
        when: 'there is no guardrail at all',
        evidence: { ...quiet, guardrails: [] },
        row: '7',
        state: 'insufficient_data',
      },
      {
        when: 'a day did not settle it',
        context: { ageMinutes: 1440 },
        row: '8',
        state: 'watch',
        reason: 'not_proven',
      },
      {
        when: 'a day did not bring enough requests',
        context: { ageMinutes: 1440, guardrailMinimaMet: false },
        row: '7',
        state: 'insufficient_data',
        reason: 'minima_unmet',
      },
    ],
    canary,
  )
})

describe('after the release it replaced', () => {
  check(
    [
      {
        when: 'the change began with the deployment',
        evidence: major,
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'nothing changed at the deployment',
        evidence: major,
        context: { changedAtDeployment: false },
        row: '4',
        state: 'patch',
        reason: 'no_change_at_deployment',
      },
      {
        when: 'undisturbed services vouch for the world',
        evidence: major,
        context: { changedAtDeployment: false, noControls: false },
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'undisturbed services got worse too',
        evidence: major,
        context: { globalShift: true },
        row: '1',
        state: 'watch',
        reason: 'global_shift',
      },
      {
        when: 'drift explains the lower bound',
        evidence: { ...major, rollBackSeverity: null },
        row: '4',
        state: 'patch',
        reason: 'within_time_shift',
      },
      { when: 'it fails outright', evidence: outright, row: '1b', state: 'roll_back' },
    ],
    replacement,
  )
})

describe('without any baseline', () => {
  check(
    [
      {
        when: 'the release is young',
        row: '7',
        state: 'insufficient_data',
        reason: 'first_release',
      },
      {
        when: 'a day passed',
        context: { ageMinutes: 1440 },
        row: '6',
        state: 'ship',
        reason: 'first_release',
      },
    ],
    { ...canary, baselineKind: 'none', judgedMinutes: 0, someMinimumMet: false },
  )
})
