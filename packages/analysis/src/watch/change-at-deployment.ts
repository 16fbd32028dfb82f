import { changePoints } from '../shifts/change-points.ts'
import type { Measure } from '../signals/measures.ts'
import type { Policy } from '../policy/policy.ts'
import type { MinuteSeries } from '../baseline/reference.ts'

const POINT_MINUTES = 5
/** Points on each side: together one window of 50. */
const POINTS_PER_SIDE = 25
/** Smaller changes of level are not worth a name. */
const CHANGE_MIN = 0.05

export type DeploymentChange = {
  measure: Measure
  before: MinuteSeries
  /** The candidate's judged minutes since its deployment, at least the first 125. */
  after: MinuteSeries
  deploymentMinute: number
  policy: Policy
}

/**
 * Whether a share rose to a new level within 30 minutes of the deployment, in five-minute points of
 * its logarithm: old release before, candidate after. The warm-up between them is a gap.
 */
export function changedAtDeployment(input: DeploymentChange): boolean {
  const { measure, before, after, deploymentMinute, policy } = input
  const old = pointsOf(before, measure, 'end').slice(-POINTS_PER_SIDE)
  const young = pointsOf(after, measure, 'start').slice(0, POINTS_PER_SIDE)
  const points = [...old, ...young]
  return changePoints(points.map(({ value }) => value)).some((change) => {
    const distance = Math.abs(points[change.index]!.minute - deploymentMinute)
    const grown = Math.expm1(change.after - change.before)
    return distance <= policy.changeWithinMinutes && grown >= CHANGE_MIN
  })
}

/** How many points the candidate's side has: fewer than before, nothing new to see. */
export function pointsAfter(after: MinuteSeries): number {
  return pointsWithin(after.minute.length)
}

/** The same of so many minutes. */
export function pointsWithin(minutes: number): number {
  return Math.min(POINTS_PER_SIDE, Math.floor(minutes / POINT_MINUTES))
}

/**
 * Complete points of five consecutive rows, counted from the `start` or the `end` of the series.
 * Half an event keeps the logarithm finite; a point without requests is a gap, never 0.
 */
function pointsOf(series: MinuteSeries, measure: Measure, from: 'start' | 'end') {
  const { length } = series.minute
  const first = from === 'start' ? 0 : length % POINT_MINUTES
  const points: { minute: number; value: number }[] = []
  for (let at = first; at + POINT_MINUTES <= length; at += POINT_MINUTES) {
    let requests = 0
    let events = 0
    for (let row = at; row < at + POINT_MINUTES; row += 1) {
      requests += series.requests[row]!
      events += series[measure][row]!
    }
    if (requests === 0) continue
    points.push({ minute: series.minute[at]!, value: Math.log((events + 0.5) / (requests + 1)) })
  }
  return points
}
