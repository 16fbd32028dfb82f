import type { Baseline, ReleaseFacts } from './choose-baseline.ts'
import { MINUTE_MS } from '../counts/minute-columns.ts'
import type { VersionMinutes } from '../counts/minute-columns.ts'
import type { Policy } from '../policy/policy.ts'

export type PlaceboInput = {
  /** All versions of the service, as far back as they go. */
  totals: VersionMinutes
  releases: Pick<ReleaseFacts, 'firstDeployedAtMs' | 'deployedAtMs'>[]
  baseline: Pick<Baseline, 'comparison' | 'pairs'>
  policy: Policy
}

const DAY_MINUTES = 24 * 60
const WEEK_DAYS = 7
/** A day that was served for less than half of its minutes is no day. */
const SERVED_MINUTES_MIN = DAY_MINUTES / 2

/**
 * How much error rates differ when nothing was deployed: logarithms of the ratio of consecutive days,
 * or of days a week apart where the release is compared with an earlier week. Days are counted back
 * from the candidate's first request; a pair with a deployment in between says nothing of drift.
 *
 * Chance is in them as it is in what they are compared with: half a failure keeps a day without any
 * finite.
 */
export function placeboLogRatios(input: PlaceboInput): number[] {
  const { releases, baseline, policy } = input
  const untilMinute = baseline.comparison.fromMinute
  const days = daysBefore(input, untilMinute)
  const apart = baseline.pairs.length > 0 ? WEEK_DAYS : 1
  const deployed = releases
    .flatMap(({ firstDeployedAtMs, deployedAtMs }) => [firstDeployedAtMs, ...deployedAtMs])
    .map((atMs) => Math.floor(atMs / MINUTE_MS))
  return days.flatMap((newer, back) => {
    const older = days[back + apart]
    if (older === undefined || !isTelling(newer, policy) || !isTelling(older, policy)) return []
    const from = untilMinute - (back + apart + 1) * DAY_MINUTES
    const until = untilMinute - back * DAY_MINUTES
    if (deployed.some((minute) => minute > from && minute < until)) return []
    return [Math.log(rateOf(newer) / rateOf(older))]
  })
}

type Day = { requests: number; failures: number; minutes: Set<number> }

/** The last day first. */
function daysBefore({ totals, policy }: PlaceboInput, untilMinute: number): Day[] {
  const count = Math.floor(policy.baselineAgeMinutesMax / DAY_MINUTES)
  const days = Array.from({ length: count }, (): Day => ({
    requests: 0,
    failures: 0,
    minutes: new Set(),
  }))
  for (const [row, minute] of totals.minute.entries()) {
    const day = days[Math.floor((untilMinute - 1 - minute) / DAY_MINUTES)]
    if (day === undefined || totals.requests[row]! <= 0) continue
    day.requests += totals.requests[row]!
    day.failures += totals.failures[row]!
    day.minutes.add(minute)
  }
  return days
}

function isTelling({ requests, minutes }: Day, { requestsMin }: Policy): boolean {
  return requests >= requestsMin.errors && minutes.size >= SERVED_MINUTES_MIN
}

function rateOf({ requests, failures }: Day): number {
  return (failures + 0.5) / (requests + 1)
}
