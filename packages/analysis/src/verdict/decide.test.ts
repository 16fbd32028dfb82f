import { describe, expect, test } from 'vitest'
import { decide } from './decide.ts'
import type { DecisionContext, DecisionEvidence } from './decide.ts'
import { defaultPolicy } from '../policy/policy.ts'

const quiet: DecisionEvidence = {
  logE: Math.log(1),
  severity: null,
  rollBackSeverity: null,
  named: [],
  weightlessAlarms: [],
  accusedOperations: [],
  failingNewOperations: [],
  issuesSuspicious: false,
  accusedIssues: [],
  silentRegression: false,
  outlierInstance: null,
  causeKnown: false,
  failsOutright: false,
  guardrails: [
    { signal: 'error_rate', operation: null, passed: false },
    { signal: 'latency', operation: null, passed: false },
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
  fault: null,
  globalShift: false,
  noControls: false,
  changedAtDeployment: false,
  wentAway: false,
  share: 0.5,
  rollBackTo: '1.0.0',
  newerRelease: null,
  irreversibleMigration: false,
  artifactsGone: false,
  flag: null,
  sloPaging: false,
  sloFiredInDay: false,
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
  action?: string
}

const flag = { key: 'new-cart', excessShare: 0.8, canBeTurnedOff: true }

function check(cases: Case[], base: DecisionContext) {
  test.each(cases)(
    '$when: $state',
    ({ evidence = quiet, context = {}, row, state, reason, action }) => {
      const decision = decide(evidence, { ...base, ...context }, defaultPolicy)
      expect(decision).toMatchObject({ row, state })
      if (reason !== undefined) expect(decision.reasons).toContain(reason)
      const usual = state === 'patch' || state === 'roll_back' ? state : null
      expect(decision.action).toBe(action ?? usual)
    },
  )
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
        when: 'its clocks lie',
        evidence: major,
        context: { fault: 'clock_skew' },
        row: '0',
        state: 'insufficient_data',
        reason: 'clock_skew',
      },
      {
        when: 'failed requests were kept more often',
        evidence: outright,
        context: { fault: 'biased_sample' },
        row: '0',
        state: 'insufficient_data',
        reason: 'biased_sample',
      },
      {
        when: 'one instance carries the excess',
        evidence: { ...major, outlierInstance: 'pod-3' },
        row: '1',
        state: 'watch',
        reason: 'instance_outlier',
      },
      {
        when: 'the environment got worse',
        evidence: suspicious,
        context: { globalShift: true },
        row: '1',
        state: 'watch',
        reason: 'global_shift',
      },
      {
        when: 'one instance fails outright and the evidence says so',
        evidence: { ...outright, logE: Math.log(20), outlierInstance: 'pod-3' },
        row: '1',
        state: 'watch',
        reason: 'instance_outlier',
      },
      {
        when: 'a flag is to blame',
        evidence: major,
        context: { flag },
        row: '2',
        state: 'roll_back',
        reason: 'flag',
        action: 'turn_off_flag',
      },
      {
        when: 'it fails outright by a flag, with nothing to go back to',
        evidence: outright,
        context: { flag, rollBackTo: null },
        row: '1b',
        state: 'roll_back',
        reason: 'flag',
        action: 'turn_off_flag',
      },
      {
        when: 'a flag explains less than most of it',
        evidence: major,
        context: { flag: { ...flag, excessShare: 0.79 } },
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'a flag cannot be turned off',
        evidence: major,
        context: { flag: { ...flag, canBeTurnedOff: false } },
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'a flag is to blame for little harm',
        evidence: minor,
        context: { flag },
        row: '4',
        state: 'patch',
        reason: 'minor',
      },
      {
        when: 'the cause is known and the release small',
        evidence: { ...major, causeKnown: true },
        context: { share: 0.05 },
        row: '4',
        state: 'patch',
        reason: 'cause_known',
      },
      {
        when: 'the cause is known and the release is not small',
        evidence: { ...major, causeKnown: true },
        context: { share: 0.06 },
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'the cause is known, the release small and the harm critical',
        evidence: {
          ...major,
          severity: 'critical',
          rollBackSeverity: 'critical',
          causeKnown: true,
        },
        context: { share: 0.05 },
        row: '3',
        state: 'roll_back',
      },
      {
        when: 'the cause is known before the last doubt is gone',
        evidence: { ...minor, logE: Math.log(100), causeKnown: true },
        row: '4',
        state: 'patch',
        reason: 'cause_known',
      },
      {
        when: 'the cause is known and the doubt is large',
        evidence: { ...minor, logE: Math.log(99), causeKnown: true },
        row: '5',
        state: 'watch',
      },
      {
        when: 'the cause is not known before the last doubt is gone',
        evidence: { ...major, logE: Math.log(100) },
        row: '5',
        state: 'watch',
      },
      {
        when: 'the last good release cannot be deployed again',
        evidence: major,
        context: { artifactsGone: true },
        row: '4',
        state: 'patch',
        reason: 'artifacts_gone',
      },
      {
        when: 'a signal without weight is sure',
        evidence: { ...quiet, guardrails: passed, weightlessAlarms: ['apdex'] },
        row: '5',
        state: 'watch',
        reason: 'weightless_alarm',
      },
      {
        when: 'an operation that only it has fails',
        evidence: { ...quiet, guardrails: passed, failingNewOperations: ['GET /new'] },
        row: '5',
        state: 'watch',
        reason: 'new_operation',
      },
      {
        when: 'people say so and nothing else does',
        evidence: { ...quiet, guardrails: passed, silentRegression: true },
        row: '5',
        state: 'watch',
        reason: 'silent_regression',
      },
      {
        when: 'an objective burns',
        evidence: { ...quiet, guardrails: passed },
        context: { sloPaging: true },
        row: '5',
        state: 'watch',
        reason: 'slo_paging',
      },
      {
        when: 'errors are more than chance explains',
        evidence: { ...quiet, guardrails: passed, issuesSuspicious: true },
        row: '7',
        state: 'insufficient_data',
        reason: 'issue_accused',
      },
      {
        when: 'an issue of two users is accused',
        evidence: { ...quiet, guardrails: passed, accusedIssues: ['TypeError'] },
        row: '7',
        state: 'insufficient_data',
        reason: 'issue_accused',
      },
      {
        when: 'an operation that must not regress did not pass',
        evidence: {
          ...quiet,
          guardrails: [...passed, { signal: 'error_rate', operation: 'POST /pay', passed: false }],
        },
        row: '7',
        state: 'insufficient_data',
      },
      {
        when: 'a day did not clear an accused operation',
        evidence: { ...quiet, guardrails: passed, accusedOperations: ['POST /pay'] },
        context: { ageMinutes: 1440 },
        row: '8',
        state: 'watch',
        reason: 'operation_accused',
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
        when: 'an objective burns fast',
        context: { sloPaging: true },
        row: '1',
        state: 'watch',
        reason: 'slo_paging',
      },
      {
        when: 'a day passed in which an objective burned',
        context: { ageMinutes: 1440, sloFiredInDay: true },
        row: '8',
        state: 'watch',
        reason: 'slo_fired',
      },
      {
        when: 'a day passed',
        context: { ageMinutes: 1440 },
        row: '6',
        state: 'ship',
        reason: 'first_release',
      },
    ],
    { ...canary, baselineKind: 'none', judgedMinutes: 0, someMinimumMet: false, rollBackTo: null },
  )
})
