import type { JudgeInput } from '../../src/verdict/judgement.ts'
import { CANDIDATE } from '../../src/counts/minute-columns.ts'
import type { MinuteColumns } from '../../src/counts/minute-columns.ts'
import { DEPLOYED_MINUTE } from '../simulation.ts'
import { DAY } from './noise.ts'
import type { Moment } from './observe.ts'
import { orderedDifference, RankSum } from './rank-sum.ts'

/** One-sided 5 %. */
const Z_5 = 1.6449
/** Two-sided 98 %, so 1 % on the bad side. */
const Z_1 = 2.3263
/** Nobody draws a conclusion from less. */
const EVENTS_MIN = 10
const MINUTES_MIN = 10

/**
 * When other methods call the same errors worse, looking every minute:
 *
 * - `naiveZ`: two proportions, everything so far pooled, one-sided .05.
 * - `rankTest`: Mann–Whitney on error rates of single minutes, one-sided .05, for a day.
 * - `kayenta`: the same with the 98 % interval of the shift above a quarter of its estimate, as
 *   Netflix's canary analysis classifies a metric, for a day.
 */
export function competitorMoments(input: JudgeInput): Partial<Record<Moment, number[]>> {
  const candidate = minuteTotals(input.columns, true)
  const beside = minuteTotals(input.columns, false)
  const overTime = input.baseline.kind !== 'concurrent'
  return {
    naiveZ: naiveZ(candidate, beside, overTime ? input.reference : null),
    ...(overTime ? {} : rankTests(candidate, beside)),
  }
}

type Totals = { requests: Float64Array; failures: Float64Array }

/** By minute of life. */
function minuteTotals(columns: MinuteColumns, ofCandidate: boolean): Totals {
  const last = columns.minute.at(-1) ?? DEPLOYED_MINUTE - 1
  const length = last - DEPLOYED_MINUTE + 1
  const totals = { requests: new Float64Array(length), failures: new Float64Array(length) }
  for (let row = 0; row < columns.minute.length; row += 1) {
    if ((columns.arm[row] === CANDIDATE) !== ofCandidate) continue
    const minute = columns.minute[row]! - DEPLOYED_MINUTE
    totals.requests[minute]! += columns.requests[row]!
    totals.failures[minute]! += columns.failures[row]!
  }
  return totals
}

function naiveZ(candidate: Totals, beside: Totals, past: JudgeInput['reference']): number[] {
  let n1 = 0
  let x1 = 0
  let n0 = past?.measures.errors.pooled.requests ?? 0
  let x0 = past?.measures.errors.pooled.events ?? 0
  const called: number[] = []
  for (let minute = 0; minute < candidate.requests.length; minute += 1) {
    n1 += candidate.requests[minute]!
    x1 += candidate.failures[minute]!
    n0 += beside.requests[minute]!
    x0 += beside.failures[minute]!
    if (n1 === 0 || n0 === 0 || x1 + x0 < EVENTS_MIN) continue
    const share = (x1 + x0) / (n1 + n0)
    const deviation = Math.sqrt(share * (1 - share) * (1 / n1 + 1 / n0))
    if (deviation > 0 && (x1 / n1 - x0 / n0) / deviation >= Z_5) called.push(minute)
  }
  return called
}

function rankTests(candidate: Totals, beside: Totals): Pick<Found, 'rankTest' | 'kayenta'> {
  const until = Math.min(DAY, candidate.requests.length)
  const rates = ({ requests, failures }: Totals) =>
    Array.from({ length: until }, (_, minute) => {
      const n = requests[minute]!
      return n === 0 ? undefined : failures[minute]! / n
    })
  const experiment = rates(candidate)
  const control = rates(beside)
  const known = (values: (number | undefined)[]) => values.filter((value) => value !== undefined)
  const ranks = new RankSum([...known(experiment), ...known(control)])
  const rankTest: number[] = []
  let kayenta: number | undefined
  for (let minute = 0; minute < until; minute += 1) {
    const own = experiment[minute]
    const other = control[minute]
    if (own !== undefined) ranks.addExperiment(own)
    if (other !== undefined) ranks.addControl(other)
    if (minute + 1 < MINUTES_MIN) continue
    const { z } = ranks
    if (z >= Z_5) rankTest.push(minute)
    // Its interval excludes 0 at this score; only then is it worth computing.
    if (kayenta !== undefined || z < Z_1) continue
    const seen = (values: (number | undefined)[]) =>
      known(values.slice(0, minute + 1)).toSorted((a, b) => a - b)
    if (isHighForKayenta(seen(experiment), seen(control))) kayenta = minute
  }
  return { rankTest, kayenta: kayenta === undefined ? [] : [kayenta] }
}
type Found = Record<Moment, number[]>

/**
 * High, as its classifier says: the lower end of the 98 % interval of the shift (Hodges & Lehmann)
 * lies above a quarter of the shift itself.
 */
function isHighForKayenta(experiment: number[], control: number[]): boolean {
  const pairs = experiment.length * control.length
  const deviation = Math.sqrt((pairs * (experiment.length + control.length + 1)) / 12)
  const rank = Math.floor(pairs / 2 - Z_1 * deviation)
  if (rank < 1) return false
  const estimate = orderedDifference(experiment, control, Math.ceil(pairs / 2))
  return orderedDifference(experiment, control, rank) > 0.25 * Math.abs(estimate)
}
