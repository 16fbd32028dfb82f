import type { MinuteWindow } from '../src/baseline/choose-baseline.ts'
import type { JudgeInput } from '../src/verdict/judgement.ts'
import type {
  CountRows,
  IssueFacts,
  IssueRows,
  IssuesInput,
  LevelInput,
  LevelRows,
  RateInput,
  ScoreInput,
  ScoreRows,
  ShareInput,
} from '../src/signals/signal-input.ts'
import { Random } from './random.ts'

const BASELINE = 0
const CANDIDATE = 1

/** What a signal draws per minute: of either arm, minutes counted from the first request. */
export type Drawn<Value> = (input: { arm: 0 | 1; minute: number; random: Random }) => Value

type Windows = Pick<JudgeInput, 'baseline'>

/** Rows of both windows of a judgement: the baseline's past, and both arms since. */
function drawn<Value>({ baseline }: Windows, seed: number, draw: Drawn<Value>) {
  const random = new Random(seed)
  const { reference, comparison, kind } = baseline
  const rows = (window: MinuteWindow, arms: (0 | 1)[]) => {
    const all: { minute: number; arm: 0 | 1; value: Value }[] = []
    for (let minute = window.fromMinute; minute < window.untilMinute; minute += 1) {
      for (const arm of arms) {
        const age = minute - comparison.fromMinute
        all.push({ minute, arm, value: draw({ arm, minute: age, random }) })
      }
    }
    return all
  }
  return {
    reference: rows(reference!, [BASELINE]),
    comparison: rows(comparison, kind === 'concurrent' ? [CANDIDATE, BASELINE] : [CANDIDATE]),
  }
}

type Rows<Value> = { minute: number; arm: 0 | 1; value: Value }[]

function places(rows: Rows<unknown>) {
  return {
    strata: [''],
    minute: Int32Array.from(rows, ({ minute }) => minute),
    stratum: new Uint16Array(rows.length),
    arm: Uint8Array.from(rows, ({ arm }) => arm),
  }
}

function countRows(rows: Rows<{ n: number; x: number }>): CountRows {
  return {
    ...places(rows),
    n: Float64Array.from(rows, ({ value }) => value.n),
    x: Float64Array.from(rows, ({ value }) => value.x),
  }
}

/** n units per minute, a share of which has the event. */
export function shareSignal(
  input: Windows,
  of: Pick<ShareInput, 'signal' | 'exposure'> & { seed: number; perMinute: number },
  share: Drawn<number>,
): ShareInput {
  const { reference, comparison } = drawn(input, of.seed, (at) => {
    const n = at.random.poisson(of.perMinute)
    return { n, x: at.random.binomial(n, share(at)) }
  })
  const { signal, exposure } = of
  const rows = { reference: countRows(reference), comparison: countRows(comparison) }
  return { kind: 'share', signal, exposure, ...rows, users: null }
}

/** Events per unit of an exposure that is the same every minute. */
export function rateSignal(
  input: Windows,
  of: Pick<RateInput, 'signal' | 'exposure'> & { seed: number; perMinute: number },
  rate: Drawn<number>,
): RateInput {
  const { reference, comparison } = drawn(input, of.seed, (at) => {
    return { n: of.perMinute, x: at.random.poisson(of.perMinute * rate(at)) }
  })
  const { signal, exposure } = of
  const rows = { reference: countRows(reference), comparison: countRows(comparison) }
  return { kind: 'rate', signal, exposure, ...rows, users: null }
}

/** Units drawn one by one into categories, worst first. */
export function scoreSignal(
  input: Windows,
  of: Pick<ScoreInput, 'signal' | 'exposure'> & { seed: number; perMinute: number },
  shares: Drawn<number[]>,
): ScoreInput {
  const { reference, comparison } = drawn(input, of.seed, (at) => {
    const chances = shares(at)
    const counts = chances.map(() => 0)
    for (let unit = at.random.poisson(of.perMinute); unit > 0; unit -= 1) {
      let left = at.random.uniform()
      const category = chances.findIndex((chance) => (left -= chance) < 0)
      counts[category < 0 ? chances.length - 1 : category]! += 1
    }
    return counts
  })
  const rows = (all: Rows<number[]>): ScoreRows => ({
    ...places(all),
    counts: all[0]!.value.map((_, k) => Float64Array.from(all, ({ value }) => value[k]!)),
  })
  const { signal, exposure } = of
  return {
    kind: 'score',
    signal,
    exposure,
    reference: rows(reference),
    comparison: rows(comparison),
  }
}

/** A level that wavers by a tenth from minute to minute. */
export function levelSignal(
  input: Windows,
  of: Pick<LevelInput, 'signal'> & { seed: number; instances?: number },
  level: Drawn<number>,
): LevelInput {
  const { reference, comparison } = drawn(input, of.seed, (at) => {
    return level(at) * Math.exp(0.1 * at.random.normal())
  })
  const rows = (all: Rows<number>): LevelRows => ({
    minute: Int32Array.from(all, ({ minute }) => minute),
    arm: Uint8Array.from(all, ({ arm }) => arm),
    level: Float64Array.from(all, ({ value }) => value),
    instances: new Float64Array(all.length).fill(of.instances ?? 3),
  })
  return {
    kind: 'level',
    signal: of.signal,
    reference: rows(reference),
    comparison: rows(comparison),
  }
}

/** An issue of a simulation: how often it occurs per unit of exposure. */
export type SimulatedIssue = { id: string; rate: Drawn<number>; facts?: Partial<IssueFacts> }

/** Issues over an exposure that is the same every minute; born is what the past does not know. */
export function issuesSignal(
  input: Windows,
  of: { seed: number; perMinute: number; previousBirths?: IssuesInput['previousBirths'] },
  issues: SimulatedIssue[],
): IssuesInput {
  const { reference, comparison } = drawn(input, of.seed, (at) => {
    return issues.map(({ rate }) => at.random.poisson(of.perMinute * rate(at)))
  })
  const rows = (all: Rows<number[]>): IssueRows => {
    const events = all.flatMap(({ minute, arm, value }) => {
      return value.flatMap((x, issue) => (x > 0 ? [{ minute, arm, issue, x }] : []))
    })
    return {
      minute: Int32Array.from(events, ({ minute }) => minute),
      issue: Int32Array.from(events, ({ issue }) => issue),
      arm: Uint8Array.from(events, ({ arm }) => arm),
      events: Float64Array.from(events, ({ x }) => x),
      unhandled: Float64Array.from(events, ({ x, issue }) => {
        return issues[issue]!.facts?.unhandled === false ? 0 : x
      }),
      exposure: {
        minute: Int32Array.from(all, ({ minute }) => minute),
        arm: Uint8Array.from(all, ({ arm }) => arm),
        n: new Float64Array(all.length).fill(of.perMinute),
      },
      instanceMinutes: null,
    }
  }
  const since = rows(comparison)
  const before = rows(reference)
  const old = new Set(before.issue)
  const facts = issues.map(({ id, facts: given }, index): IssueFacts => {
    const first = since.issue.indexOf(index)
    const born =
      old.has(index) || first < 0
        ? null
        : {
            minute: since.minute[first]!,
            arm: since.arm[first] === CANDIDATE ? (1 as const) : (0 as const),
          }
    return {
      id,
      title: id,
      unhandled: true,
      born,
      regressed: false,
      users: null,
      inChangedFile: false,
      ...given,
    }
  })
  return {
    kind: 'issues',
    signal: 'issues',
    exposure: 'requests',
    issues: facts,
    reference: before,
    comparison: since,
    previousBirths: of.previousBirths ?? null,
    users: null,
  }
}
