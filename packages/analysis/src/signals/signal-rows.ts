import type { Exposure, SignalId } from '@aftermath/schemas/verdict'
import { poissonVariance } from '../methods/design-effect.ts'
import type { UnitVariance } from '../methods/design-effect.ts'
import { CANDIDATE } from '../counts/minute-columns.ts'
import type {
  CountRows,
  IssuesInput,
  LevelInput,
  LevelRows,
  ScoreInput,
  ScoreRows,
  SignalInput,
  StratumRows,
} from './signal-input.ts'
import type { Policy } from '../policy/policy.ts'

/**
 * A signal brought to what the engines add up: exposure n and a sum x per minute, stratum and arm,
 * where a larger x per n is worse. Scores become losses, levels logarithms.
 */
export type SignalRows = {
  signal: Exclude<SignalId, 'error_rate' | 'latency' | 'issues'>
  exposure: Exposure
  reference: CountRows
  comparison: CountRows
  /** Rows stand at the last minute of blocks this long. */
  blockMinutes: number
  /** Given the reference's mean: a difference; of rates a factor; of levels a logarithm. */
  minimumEffect: (p0: number) => number
  test:
    | { of: 'share' }
    | { of: 'rate' }
    /** `variance` of one unit; `isLevel`: x are logarithms. */
    | { of: 'score'; variance: number; isLevel: boolean; blocksMin: number }
}

const LEVEL_BLOCK_MINUTES = 5
const RATING_BLOCK_MINUTES = 24 * 60
/** An hour of traffic. */
const THROUGHPUT_BLOCKS = 12
/** Apdex: frustrated, tolerating, satisfied. */
const APDEX_SCORES = [0, 0.5, 1]

/**
 * @param blocksFrom first minute of the comparison's first block
 * @returns undefined where scores have no reference to be measured by
 */
export function signalRows(
  input: Exclude<SignalInput, IssuesInput>,
  blocksFrom: number,
  policy: Policy,
): SignalRows | undefined {
  switch (input.kind) {
    case 'share': {
      const { signal, exposure, reference, comparison } = input
      const rows = { signal, exposure, reference, comparison, blockMinutes: 1 }
      // Negative feedback is rare among items too: a ratio says more than a difference.
      if (signal === 'feedback_negative') {
        const { ratio } = policy.minimumEffects[signal]
        return { ...rows, minimumEffect: () => ratio, test: { of: 'rate' } }
      }
      const { floor, relative, cap } = policy.minimumEffects[signal]
      const minimumEffect = (p0: number) => Math.max(floor, Math.min(relative * p0, cap))
      return { ...rows, minimumEffect, test: { of: 'share' } }
    }
    case 'rate': {
      const { signal, exposure, reference, comparison } = input
      const { ratio } = policy.minimumEffects[signal]
      return {
        signal,
        exposure,
        reference,
        comparison,
        blockMinutes: 1,
        minimumEffect: () => ratio,
        test: { of: 'rate' },
      }
    }
    case 'score':
      return scoreRows(input, blocksFrom, policy)
    case 'level':
      return levelRows(input, blocksFrom, policy)
  }
}

/** Variance of one unit, as the design effect needs it. */
export function unitVariance({ test }: SignalRows): UnitVariance | undefined {
  switch (test.of) {
    case 'share':
      return undefined
    case 'rate':
      return poissonVariance
    case 'score':
      return () => test.variance
  }
}

function scoreRows(input: ScoreInput, blocksFrom: number, policy: Policy): SignalRows | undefined {
  const { signal, exposure, reference, comparison } = input
  const totals = reference.counts.map((counts) => counts.reduce((sum, count) => sum + count, 0))
  const units = totals.reduce((sum, total) => sum + total, 0)
  if (units === 0) return undefined
  const scores = signal === 'apdex' ? APDEX_SCORES : ridits(totals)
  const losses = scores.map((score) => 1 - score)
  const mean = totals.reduce((sum, total, k) => sum + total * losses[k]!, 0) / units
  const square = totals.reduce((sum, total, k) => sum + total * (losses[k]! - mean) ** 2, 0) / units
  // A reference in which all are alike still leaves room for half of an effect that matters.
  const variance = Math.max(square, policy.minimumEffects[signal].difference / 2)
  const rows = (of: ScoreRows) => lossRows(of, losses)
  const inDays = signal === 'feedback_rating'
  return {
    signal,
    exposure,
    reference: rows(reference),
    comparison: inDays ? dayRows(rows(comparison), blocksFrom) : rows(comparison),
    blockMinutes: inDays ? RATING_BLOCK_MINUTES : 1,
    minimumEffect: () => policy.minimumEffects[signal].difference,
    test: { of: 'score', variance, isLevel: false, blocksMin: inDays ? 1 : 30 },
  }
}

/** Score of each category: the part of the reference below it, half of its own included. */
export function ridits(totals: number[]): number[] {
  const units = totals.reduce((sum, total) => sum + total, 0)
  let below = 0
  return totals.map((total) => {
    const ridit = units === 0 ? 0.5 : (below + total / 2) / units
    below += total
    return ridit
  })
}

function lossRows(rows: ScoreRows, losses: number[]): CountRows {
  const n = new Float64Array(rows.minute.length)
  const x = new Float64Array(rows.minute.length)
  for (const [category, counts] of rows.counts.entries()) {
    for (let row = 0; row < n.length; row += 1) {
      n[row]! += counts[row]!
      x[row]! += counts[row]! * losses[category]!
    }
  }
  const { strata, minute, stratum, arm } = rows
  return { strata, minute, stratum, arm, n, x }
}

function dayRows(rows: CountRows, blocksFrom: number): CountRows {
  const minute = rows.minute.map((each) => blockEnd(each, blocksFrom, RATING_BLOCK_MINUTES))
  return { ...rows, minute }
}

/** Last minute of the block a minute lies in. */
function blockEnd(minute: number, blocksFrom: number, blockMinutes: number): number {
  const block = Math.floor((minute - blocksFrom) / blockMinutes)
  return blocksFrom + (block + 1) * blockMinutes - 1
}

function levelRows(input: LevelInput, blocksFrom: number, policy: Policy): SignalRows {
  const { signal, reference, comparison } = input
  const { ratio } = policy.minimumEffects[signal]
  const blocksMin = signal === 'throughput' ? THROUGHPUT_BLOCKS : policy.exposureMin[signal]
  const sign = signal === 'throughput' ? -1 : 1
  const before = blockLevels(reference, 0, signal, sign)
  const variance = Math.max(withinQuarterHours(before), (Math.log(ratio) / 4) ** 2)
  const instances = reference.instances.reduce((sum, each) => sum + each, 0)
  // One instance alone says less: two hours of it.
  const several = signal === 'throughput' || instances >= 2 * reference.minute.length
  return {
    signal,
    exposure: signal === 'throughput' ? 'requests' : 'minutes',
    reference: before,
    comparison: blockLevels(comparison, blocksFrom, signal, sign),
    blockMinutes: LEVEL_BLOCK_MINUTES,
    minimumEffect: () => Math.log(ratio),
    test: { of: 'score', variance, isLevel: true, blocksMin: several ? blocksMin : 2 * blocksMin },
  }
}

/** One row per block and arm: n = 1, x = ± the logarithm of the mean level. */
function blockLevels(
  { minute, arm, level }: LevelRows,
  blocksFrom: number,
  signal: LevelInput['signal'],
  sign: number,
): CountRows {
  const sums = new Map<string, { end: number; arm: number; level: number; minutes: Set<number> }>()
  for (let row = 0; row < minute.length; row += 1) {
    const end = blockEnd(minute[row]!, blocksFrom, LEVEL_BLOCK_MINUTES)
    const key = `${end} ${arm[row]}`
    const sum = sums.get(key) ?? { end, arm: arm[row]!, level: 0, minutes: new Set() }
    sum.level += level[row]!
    sum.minutes.add(minute[row]!)
    sums.set(key, sum)
  }
  // A minute without requests is one of a service that reports; a gauge without a value is a gap.
  const minutesOf = (seen: Set<number>) =>
    signal === 'throughput' ? LEVEL_BLOCK_MINUTES : seen.size
  const blocks = [...sums.values()]
    .filter((block) => block.level > 0)
    .toSorted((a, b) => a.end - b.end || a.arm - b.arm)
  return {
    ...oneStratum(blocks.length),
    minute: Int32Array.from(blocks, (block) => block.end),
    arm: Uint8Array.from(blocks, (block) => (block.arm === CANDIDATE ? 1 : 0)),
    n: new Float64Array(blocks.length).fill(1),
    x: Float64Array.from(
      blocks,
      (block) => sign * Math.log(block.level / minutesOf(block.minutes)),
    ),
  }
}

function oneStratum(rows: number): Pick<StratumRows, 'strata' | 'stratum'> {
  return { strata: [''], stratum: new Uint16Array(rows) }
}

/** Variance of blocks around the mean of their quarter hour: without the season of the day. */
function withinQuarterHours({ minute, x }: CountRows): number {
  const groups = Map.groupBy([...x.keys()], (row) => Math.floor(minute[row]! / 15))
  let squares = 0
  let degrees = 0
  for (const rows of groups.values()) {
    const mean = rows.reduce((sum, row) => sum + x[row]!, 0) / rows.length
    squares += rows.reduce((sum, row) => sum + (x[row]! - mean) ** 2, 0)
    degrees += rows.length - 1
  }
  return degrees === 0 ? 0 : squares / degrees
}
