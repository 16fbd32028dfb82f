import type { JudgeInput } from './judgement.ts'
import type { ReleaseWatch } from '../watch/release-watch.ts'

/** Users who met the problem and would not have met it on the baseline. */
export type UsersReached = {
  users: number
  /** Of all users of the release, 0…1. */
  share: number
}

/** @returns null where requests carry no user */
export function usersReached({ users }: JudgeInput): UsersReached | null {
  if (users === null || users.candidate.users === 0) return null
  const { candidate, baseline } = users
  const usual = baseline.users === 0 ? 0 : baseline.hit / baseline.users
  const share = Math.max(0, candidate.hit / candidate.users - usual)
  return { users: share * candidate.users, share }
}

/**
 * Failed requests of the candidate beyond what the baseline's rate would have given in the same
 * minutes, floor 0: as many as there were before sampling.
 *
 * @returns null where nothing was compared
 */
export function excessFailures(watch: ReleaseWatch, { sampling }: JudgeInput): number | null {
  const compared = watch.comparisons
    .map((comparison) => comparison.pooled('errors')!.first.sums)
    .filter(({ W }) => W > 0)
  if (compared.length === 0) return null
  const excess = compared.reduce((sum, { delta, n1 }) => sum + delta * n1, 0)
  return Math.max(0, excess * sampling.weight)
}
