import type { VerdictState } from '@aftermath/schemas/verdict'
import type { Decision } from './decide.ts'
import type { Policy } from '../policy/policy.ts'

/** A verdict as people see it: a decision that holds until something worse, or lastingly better. */
export type HeldVerdict = {
  decision: Decision
  sinceMinute: number
  /** Patch and roll back stay, whatever later minutes say, until something ends this. */
  latched: boolean
  /** Better decisions since a minute, none of them as bad as the held one. */
  better: { sinceMinute: number; looks: number; worst: Decision } | null
}

export type HoldInput = {
  minute: number
  decision: Decision
  /** A person decided or a flag changed since the last minute, or the harm went away. */
  unlatch: boolean
  /** The evidence is still more than half of what a suspicion takes, in its logarithm. */
  lingers: boolean
}

/**
 * One step of the fold over judged minutes. Worse holds at once; better only after several looks
 * over several minutes, a suspicion only after an hour without it; patch and roll back stay until
 * something ends them.
 */
export function holdVerdict(
  held: HeldVerdict | undefined,
  { minute, decision, unlatch, lingers }: HoldInput,
  policy: Policy,
): HeldVerdict {
  if (held === undefined) return holding(decision, minute)
  // Once shipped, neither time nor missing data undo it: only rows 0 to 5 do.
  const waits = decision.row === '7' || decision.row === '8'
  if (waits && held.decision.state === 'ship') return { ...held, better: null }

  const latched = held.latched && !unlatch

  const rank = rankOf(decision) - rankOf(held.decision)
  if (rank > 0) return holding(decision, minute)
  if (rank === 0) return { ...held, decision, latched, better: null }
  if (latched || (lingers && isSuspected(held.decision))) return { ...held, better: null }

  const { better } = held
  const worst = better !== null && rankOf(better.worst) > rankOf(decision) ? better.worst : decision
  const looks = (better?.looks ?? 0) + 1
  const sinceMinute = better?.sinceMinute ?? minute
  const { betterLooks, betterMinutes, suspicionMinutes } = policy.hysteresis
  // An effect near the limit makes the evidence come and go: five minutes without it are no end.
  const minutes = isSuspected(held.decision) ? suspicionMinutes : betterMinutes
  if (looks < betterLooks || minute - sinceMinute < minutes) {
    return { ...held, latched, better: { sinceMinute, looks, worst } }
  }
  return holding(worst, minute)
}

const ORDER: VerdictState[] = ['ship', 'insufficient_data', 'watch', 'patch', 'roll_back']

/** Suspected is worse than not proven, though both are watched. */
function rankOf(decision: Decision): number {
  return ORDER.indexOf(decision.state) + (isSuspected(decision) ? 0.5 : 0)
}

function isSuspected({ state, row }: Decision): boolean {
  return state === 'watch' && row === '5'
}

function holding(decision: Decision, minute: number): HeldVerdict {
  const latched = decision.state === 'patch' || decision.state === 'roll_back'
  return { decision, sinceMinute: minute, latched, better: null }
}
