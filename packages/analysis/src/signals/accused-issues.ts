import { eBH } from '../methods/e-bh.ts'
import type { JudgeInput } from '../verdict/judgement.ts'
import type { ReleaseWatch } from '../watch/release-watch.ts'
import type { IssueFacts } from './signal-input.ts'

/**
 * Issues that e-BH calls among all seen since the deployment, and whose effect matters: of at least
 * two users, where users are known.
 */
export function accusedIssues(watch: ReleaseWatch, { policy }: JudgeInput): IssueFacts[] {
  const { issues } = watch.further
  if (issues === undefined) return []
  const seen = issues.seen
  // Below 1/α nothing is ever called, whatever the others are.
  const level = -Math.log(policy.operationsFdr)
  if (!seen.some((index) => issues.issueLogE(index, 'bound') >= level)) return []
  // Doubles end near e^709, and the test only compares with K/α.
  const e = seen.map((index) => {
    if (issues.issueLogE(index, 'bound') < level) return 0
    return Math.exp(Math.min(600, issues.issueLogE(index, 'exact')))
  })
  const pastGate = new Set(
    issues.scopes().flatMap(({ issue, watched }) => {
      return issue !== null && watched.reported.isPastGate ? [issue] : []
    }),
  )
  return eBH({ e, alpha: policy.operationsFdr })
    .map((at) => issues.input.issues[seen[at]!]!)
    .filter(({ id }) => pastGate.has(id))
}
