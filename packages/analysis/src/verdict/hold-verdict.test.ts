import type { VerdictState } from '@aftermath/schemas/verdict'
import { expect, test } from 'vitest'
import type { Decision } from './decide.ts'
import { holdVerdict } from './hold-verdict.ts'
import type { HeldVerdict } from './hold-verdict.ts'
import { defaultPolicy } from '../policy/policy.ts'

const ROWS: Record<VerdictState, Decision['row']> = {
  ship: '6',
  insufficient_data: '7',
  watch: '5',
  patch: '4',
  roll_back: '3',
}

function decided(state: VerdictState, row: Decision['row'] = ROWS[state]): Decision {
  return { row, state, action: null, severity: null, reasons: [] }
}

/** What is held after each minute; `!` after a state ends the latch in that minute. */
function held(...minutes: (VerdictState | `${VerdictState}!`)[]): VerdictState[] {
  let verdict: HeldVerdict | undefined
  return minutes.map((word, minute) => {
    const unlatch = word.endsWith('!')
    const state = word.replace('!', '') as VerdictState
    verdict = holdVerdict(
      verdict,
      { minute, decision: decided(state), unlatch, lingers: false },
      defaultPolicy,
    )
    return verdict.decision.state
  })
}

test('worse holds at once', () => {
  expect(held('ship', 'watch')).toEqual(['ship', 'watch'])
  expect(held('insufficient_data', 'roll_back')).toEqual(['insufficient_data', 'roll_back'])
  expect(held('patch', 'roll_back')).toEqual(['patch', 'roll_back'])
})

const times = (count: number, state: VerdictState) => Array.from({ length: count }, () => state)

test('better holds after five minutes of it', () => {
  expect(held('insufficient_data', ...times(6, 'ship')).at(-2)).toBe('insufficient_data')
  expect(held('insufficient_data', ...times(6, 'ship')).at(-1)).toBe('ship')
})

test('a suspicion is dropped after an hour without it', () => {
  expect(held('watch', ...times(61, 'ship')).at(-2)).toBe('watch')
  expect(held('watch', ...times(61, 'ship')).at(-1)).toBe('ship')
})

test('a suspicion whose evidence lingers is not dropped', () => {
  const look = (row: Decision['row'], lingers: boolean) => {
    return { decision: decided(row === '5' ? 'watch' : 'ship', row), unlatch: false, lingers }
  }
  let verdict = holdVerdict(undefined, { ...look('5', true), minute: 0 }, defaultPolicy)
  for (let minute = 1; minute < 300; minute += 1) {
    verdict = holdVerdict(verdict, { ...look('6', true), minute }, defaultPolicy)
  }
  expect(verdict.decision.state).toBe('watch')
})

test('better that does not last starts over', () => {
  const states = held('watch', ...times(50, 'ship'), 'watch', ...times(50, 'ship'))
  expect(states.every((state) => state === 'watch')).toBe(true)
})

test('of several better states the worst is taken', () => {
  const states = held('watch', ...times(30, 'ship'), 'insufficient_data', ...times(30, 'ship'))
  expect(states.at(-1)).toBe('insufficient_data')
})

test('what is not proven is suspected less than what is', () => {
  const look = (row: Decision['row']) => ({
    decision: decided('watch', row),
    unlatch: false,
    lingers: false,
  })
  const first = holdVerdict(undefined, { ...look('5'), minute: 0 }, defaultPolicy)
  const faded = holdVerdict(first, { ...look('8'), minute: 1 }, defaultPolicy)
  expect(faded.decision.row).toBe('5')
})

test.each(['patch', 'roll_back'] as const)('%s stays when the evidence fades', (state) => {
  const faded = Array.from({ length: 500 }, () => 'ship' as const)
  expect(held(state, ...faded).at(-1)).toBe(state)
})

test('a decision ends what is latched, and better then takes its five minutes', () => {
  const after = ['watch!', ...times(5, 'watch')] as const
  expect(held('roll_back', 'watch', ...after.slice(0, 5)).at(-1)).toBe('roll_back')
  expect(held('roll_back', 'watch', ...after).at(-1)).toBe('watch')
})

test('once shipped, neither age nor missing data undo it', () => {
  let verdict = holdVerdict(
    undefined,
    { minute: 0, decision: decided('ship'), unlatch: false, lingers: false },
    defaultPolicy,
  )
  for (const decision of [decided('insufficient_data'), decided('watch', '8')]) {
    verdict = holdVerdict(
      verdict,
      { minute: 1, decision, unlatch: false, lingers: false },
      defaultPolicy,
    )
    expect(verdict.decision.state).toBe('ship')
  }
  const silent = decided('insufficient_data', '0')
  verdict = holdVerdict(
    verdict,
    { minute: 2, decision: silent, unlatch: false, lingers: false },
    defaultPolicy,
  )
  expect(verdict.decision.state).toBe('insufficient_data')
})

test('remembers since when', () => {
  const input = { decision: decided('watch'), unlatch: false, lingers: false }
  const first = holdVerdict(undefined, { ...input, minute: 7 }, defaultPolicy)
  expect(holdVerdict(first, { ...input, minute: 9 }, defaultPolicy).sinceMinute).toBe(7)
})
