import type { JudgeInput } from '../verdict/judgement.ts'
import { CANDIDATE } from '../counts/minute-columns.ts'

const USUAL_MINUTES = 60

/** Whether a release still serves, has gone quiet with its service, or was replaced. */
export type CandidateLife =
  | { state: 'serving' }
  | { state: 'silent' }
  /** Decisions end with its last minute: the verdict it had stands. */
  | { state: 'over'; lastMinute: number }

/**
 * Tells a silence from an end: no request in ten minutes where many were expected, while other
 * services report. If the service as a whole went quiet, nothing can be said of the release.
 */
export function candidateLife(input: JudgeInput, untilMinute: number): CandidateLife {
  const { lifecycle, policy } = input
  const { minutes, expectedMin, serviceShare } = policy.silence
  const served = servedMinutes(input, untilMinute)
  const lastMinute = served.reduce((last, { minute }) => Math.max(last, minute), -1)
  if (!lifecycle.othersReport || lastMinute >= untilMinute - minutes) return { state: 'serving' }

  const usual = served.filter(({ minute }) => minute > lastMinute - USUAL_MINUTES)
  const first = usual.reduce((earliest, { minute }) => Math.min(earliest, minute), lastMinute)
  const requests = usual.reduce((sum, row) => sum + row.requests, 0)
  const perMinute = requests / (lastMinute - first + 1)
  if (perMinute * minutes < expectedMin) return { state: 'serving' }

  const { serviceRequestsLately, serviceRequestsUsual } = lifecycle
  return serviceRequestsLately < serviceShare * serviceRequestsUsual
    ? { state: 'silent' }
    : { state: 'over', lastMinute }
}

function servedMinutes({ columns, baseline }: JudgeInput, untilMinute: number) {
  const { minute, arm, requests } = columns
  const rows: { minute: number; requests: number }[] = []
  for (let row = 0; row < minute.length; row += 1) {
    const at = minute[row]!
    const inLife = at >= baseline.comparison.fromMinute && at < untilMinute
    if (inLife && arm[row] === CANDIDATE && requests[row]! > 0) {
      rows.push({ minute: at, requests: requests[row]! })
    }
  }
  return rows
}
