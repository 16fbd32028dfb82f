import type { ArmMinute, Scenario } from '../simulation.ts'
import { UNCHANGED } from '../simulation.ts'
import type { JudgeInput } from '../../src/verdict/judgement.ts'
import type { Measure } from '../../src/signals/measures.ts'
import type { SignalInput } from '../../src/signals/signal-input.ts'
import { DAY } from './noise.ts'
import type { Moment } from './observe.ts'

/** One situation, with what the page of methods demands of it. */
export type SimulatedScenario = {
  /** File name of its results, and its name on the command line. */
  id: string
  name: string
  group: Group
  scenario: (seed: number) => Scenario
  /** What is judged besides requests. */
  signals?: (input: JudgeInput, seed: number) => SignalInput[]
  /** Minute of life in which the release becomes harmful; undefined: it never does. */
  onset?: number
  /** Minute in which the harm ends. */
  ends?: number
  /** The harm grows and shrinks with the day, so changes of the verdict may be true ones. */
  varies?: boolean
  /** What the single test watches; undefined: this scenario is about verdicts alone. */
  signal?: { measure: Measure; restarts?: boolean }
  /** Whether the other methods look at the same data. */
  competitors?: boolean
  limits: Limit[]
}

export type Group = 'healthy' | 'faults' | 'surroundings'

/** What must hold; `got` is what the reference implementation reached, where that is known. */
export type Limit =
  | { moment: Moment; shareMax: number; got?: string }
  | { moment: Moment; shareMin: number; withinMinutes?: number; got?: string }
  | { moment: Moment; medianMax: number; got?: string }

export const RPS_50 = 3000

export function arm(requests: number, errorRate: number, change: Partial<ArmMinute> = {}) {
  return { requests, errorRate, slow: UNCHANGED, ...change }
}

type Life = {
  seed: number
  minutes: number
  /** Requests a minute of both arms together. */
  total?: number
  /** The candidate's part of them. */
  share?: number
  errorRate?: number
  /** What both arms do differently, by minute. */
  both?: (minute: number, arm: 0 | 1) => Partial<ArmMinute>
  /** What the candidate does differently from its onset on. */
  fault?: Partial<ArmMinute>
  onset?: number
  p95Ratio?: number
}

/** A release beside the one before it: a canary, or half and half. */
export function beside(life: Life): Scenario {
  const { seed, minutes, total = RPS_50, share = 0.5, errorRate = 0.005 } = life
  const { both = () => ({}), fault = {}, onset = 0, p95Ratio = 1 } = life
  return {
    seed,
    kind: 'concurrent',
    minutesBefore: DAY,
    minutesAfter: minutes,
    p95Ratio,
    baseline: (minute) => arm(minute < 0 ? total : total * (1 - share), errorRate, both(minute, 0)),
    candidate: (minute) => ({
      ...arm(total * share, errorRate, both(minute, 1)),
      ...(minute >= onset ? fault : {}),
    }),
  }
}

/** A release that took all the traffic from the one before it. */
export function replacing(life: Life): Scenario {
  const { seed, minutes, total = RPS_50, errorRate = 0.005 } = life
  const { both = () => ({}), fault = {}, onset = 0, p95Ratio = 1 } = life
  return {
    seed,
    kind: 'previous_window',
    minutesBefore: DAY,
    minutesAfter: minutes,
    p95Ratio,
    baseline: (minute) => arm(total, errorRate, both(minute, 0)),
    candidate: (minute) => ({
      ...arm(total, errorRate, both(minute, 1)),
      ...(minute >= onset ? fault : {}),
    }),
  }
}

/** Ceilings of a harmless release: on the verdict, and on the test of errors alone. */
export function ceilings(input: {
  watch: number
  harmful: number
  e20?: [number, string]
  e1000?: [number, string]
}): Limit[] {
  const { watch, harmful, e20, e1000 } = input
  return [
    { moment: 'watch', shareMax: watch },
    { moment: 'harmful', shareMax: harmful },
    { moment: 'rollBack', shareMax: harmful },
    ...(e20 === undefined ? [] : [{ moment: 'e20' as const, shareMax: e20[0], got: e20[1] }]),
    ...(e1000 === undefined
      ? []
      : [{ moment: 'e1000' as const, shareMax: e1000[0], got: e1000[1] }]),
  ]
}
