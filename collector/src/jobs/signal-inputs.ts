import type { Baseline, MinuteWindow } from '@aftermath/analysis/baseline/choose-baseline'
import { throughputInput } from '@aftermath/analysis/signals/throughput-input'
import type { VersionMinutes } from '@aftermath/analysis/counts/minute-columns'
import type {
  CountRows,
  LevelRows,
  ScoreRows,
  SignalInput,
} from '@aftermath/analysis/signals/signal-input'
import type { SignalMinute } from '../releases/judged-signals.ts'

type Asked = {
  candidate: string
  baseline: Baseline
  /** Of every version of the service. */
  totals: VersionMinutes
  /** Of both windows. */
  minutes: readonly SignalMinute[]
}

/** What is known of a release besides the outcomes of its requests, as the judge takes it. */
export function signalInputs({ candidate, baseline, totals, minutes }: Asked): SignalInput[] {
  if (baseline.version === null) return []
  const sides = sidesOf(candidate, baseline)
  const of = (signal: SignalMinute['signal']) =>
    sides.map((side) => ({
      side,
      rows: minutes.filter((row) => row.signal === signal && isOn(side, row)),
    }))
  const counts = (signal: SignalMinute['signal'], n: number, x: number) => {
    const [reference, comparison] = of(signal).map(({ side, rows }) => countRows(side, rows, n, x))
    return { reference: reference!, comparison: comparison! } // one for each side
  }
  const inputs: SignalInput[] = []
  const { reference: window, comparison: life } = baseline
  const throughput =
    window === null ? undefined : throughputInput(totals, { reference: window, comparison: life })
  if (throughput !== undefined) inputs.push(throughput)
  const add = (input: SignalInput, hasRows: boolean) => void (hasRows && inputs.push(input))
  const hasRows = ({ reference, comparison }: { reference: CountRows; comparison: CountRows }) =>
    reference.minute.length + comparison.minute.length > 0

  const sessions = counts('crash_free_sessions', 0, 1)
  add(
    {
      kind: 'share',
      signal: 'crash_free_sessions',
      exposure: 'sessions',
      users: null,
      ...sessions,
    },
    hasRows(sessions),
  )
  const vitals = counts('web_vitals', 0, 1)
  add(
    { kind: 'share', signal: 'web_vitals', exposure: 'views', users: null, ...vitals },
    hasRows(vitals),
  )
  const negative = counts('feedback_negative', 0, 1)
  add(
    { kind: 'share', signal: 'feedback_negative', exposure: 'items', users: null, ...negative },
    hasRows(negative),
  )

  const [ratedBefore, rated] = of('feedback_rating').map(({ side, rows }) => scoreRows(side, rows))
  add(
    {
      kind: 'score',
      signal: 'feedback_rating',
      exposure: 'items',
      reference: ratedBefore!,
      comparison: rated!,
    },
    ratedBefore!.minute.length + rated!.minute.length > 0,
  )
  for (const signal of ['cpu', 'memory'] as const) {
    const [before, now] = of(signal).map(({ side, rows }) => levelRows(side, rows))
    add(
      { kind: 'level', signal, reference: before!, comparison: now! },
      before!.minute.length + now!.minute.length > 0,
    )
  }
  const logs = of('log_errors')
  if (logs.some(({ rows }) => rows.length > 0)) {
    const [before, now] = logs.map(({ side, rows }) => perRequest(side, rows, totals))
    add(
      {
        kind: 'rate',
        signal: 'log_errors',
        exposure: 'requests',
        users: null,
        reference: before!,
        comparison: now!,
      },
      true,
    )
  }
  return inputs
}

/** Which versions are whose arm in which minutes. */
type Side = MinuteWindow & { arms: ReadonlyMap<string, 0 | 1> }

/** The reference, then the comparison. */
function sidesOf(candidate: string, { kind, version, reference, comparison }: Baseline): Side[] {
  const nothing = { fromMinute: 0, untilMinute: 0 }
  const both: [string, 0 | 1][] = [[candidate, 1]]
  if (kind === 'concurrent') both.push([version!, 0]) // a concurrent baseline is one
  return [
    { ...(reference ?? nothing), arms: new Map([[version!, 0]]) },
    { ...comparison, arms: new Map(both) },
  ]
}

function isOn({ fromMinute, untilMinute, arms }: Side, row: SignalMinute): boolean {
  return row.minuteNumber >= fromMinute && row.minuteNumber < untilMinute && arms.has(row.version)
}

type Flat = { minute: number; stratum: string; arm: 0 | 1; numbers: readonly number[] }

function flat({ arms }: Side, rows: readonly SignalMinute[]): Flat[] {
  return rows.flatMap(({ minuteNumber, version, strata, numbers }) =>
    strata.map((stratum, k) => ({
      minute: minuteNumber,
      stratum,
      arm: arms.get(version)!, // rows of other versions are not on this side
      numbers: numbers[k]!,
    })),
  )
}

function stratumRows(rows: readonly Flat[]) {
  const strata = [...new Set(rows.map(({ stratum }) => stratum))].toSorted()
  const place = new Map(strata.map((name, k) => [name, k]))
  return {
    strata,
    minute: Int32Array.from(rows, ({ minute }) => minute),
    stratum: Uint16Array.from(rows, ({ stratum }) => place.get(stratum)!),
    arm: Uint8Array.from(rows, ({ arm }) => arm),
  }
}

function countRows(side: Side, minutes: readonly SignalMinute[], n: number, x: number): CountRows {
  const rows = flat(side, minutes)
  return {
    ...stratumRows(rows),
    n: Float64Array.from(rows, ({ numbers }) => numbers[n]!),
    x: Float64Array.from(rows, ({ numbers }) => numbers[x]!),
  }
}

function scoreRows(side: Side, minutes: readonly SignalMinute[]): ScoreRows {
  const rows = flat(side, minutes)
  const counts = [0, 1, 2, 3, 4].map((k) => Float64Array.from(rows, ({ numbers }) => numbers[k]!))
  return { ...stratumRows(rows), counts }
}

/** Mean over the instances of an arm. */
function levelRows({ arms }: Side, minutes: readonly SignalMinute[]): LevelRows {
  const rows = minutes.map(({ minuteNumber, version, numbers }) => {
    const levels = numbers.map(([level]) => level!).filter((level) => level > 0)
    const sum = levels.reduce((total, level) => total + level, 0)
    return { minute: minuteNumber, arm: arms.get(version)!, sum, instances: levels.length }
  })
  const used = rows.filter(({ instances }) => instances > 0)
  return {
    minute: Int32Array.from(used, ({ minute }) => minute),
    arm: Uint8Array.from(used, ({ arm }) => arm),
    level: Float64Array.from(used, ({ sum, instances }) => sum / instances),
    instances: Float64Array.from(used, ({ instances }) => instances),
  }
}

/** Events over the requests of the same arm; a minute without requests compares nothing. */
function perRequest(
  { fromMinute, untilMinute, arms }: Side,
  minutes: readonly SignalMinute[],
  totals: VersionMinutes,
): CountRows {
  const keyOf = (minute: number, version: string) => `${minute} ${version}`
  const events = new Map(
    minutes.map(({ minuteNumber, version, numbers }) => [
      keyOf(minuteNumber, version),
      numbers.reduce((sum, [count]) => sum + count!, 0),
    ]),
  )
  const rows: { minute: number; arm: 0 | 1; n: number; x: number }[] = []
  for (let row = 0; row < totals.minute.length; row++) {
    const minute = totals.minute[row]!
    const version = totals.versions[totals.version[row]!]!
    const arm = arms.get(version)
    if (arm === undefined || minute < fromMinute || minute >= untilMinute) continue
    rows.push({ minute, arm, n: totals.requests[row]!, x: events.get(keyOf(minute, version)) ?? 0 })
  }
  return {
    strata: [''],
    minute: Int32Array.from(rows, ({ minute }) => minute),
    stratum: new Uint16Array(rows.length),
    arm: Uint8Array.from(rows, ({ arm }) => arm),
    n: Float64Array.from(rows, ({ n }) => n),
    x: Float64Array.from(rows, ({ x }) => x),
  }
}
