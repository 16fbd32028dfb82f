import { burnThreshold } from '../methods/burn-rate.ts'
import type { Burn } from '../methods/burn-rate.ts'
import { wilsonInterval } from '../methods/wilson-interval.ts'

/** Counts of one window; `total` 0 is no data, never 100 %. */
export type SliCount = { bad: number; total: number }

export type BurnSeverity = 'page' | 'ticket'

/** A rule: it fires when a long and a short window both burn too fast. */
export type BurnRule = {
  severity: BurnSeverity
  longMinutes: number
  shortMinutes: number
  /** What the long window spends of the period's budget at the threshold. */
  budgetShare: number
}

/** In order of urgency. The third is common practice, the others are the workbook's. */
export const BURN_RULES: readonly BurnRule[] = [
  { severity: 'page', longMinutes: 60, shortMinutes: 5, budgetShare: 0.02 },
  { severity: 'page', longMinutes: 360, shortMinutes: 30, budgetShare: 0.05 },
  { severity: 'ticket', longMinutes: 24 * 60, shortMinutes: 120, budgetShare: 0.1 },
  { severity: 'ticket', longMinutes: 3 * 24 * 60, shortMinutes: 360, budgetShare: 0.1 },
]

export const LONGEST_WINDOW_MINUTES = Math.max(...BURN_RULES.map(({ longMinutes }) => longMinutes))

export type Objective = { target: number; periodMinutes: number }

export function thresholdOf(rule: BurnRule, { periodMinutes }: Objective): number {
  return burnThreshold({
    budgetShare: rule.budgetShare,
    periodHours: periodMinutes / 60,
    longHours: rule.longMinutes / 60,
  })
}

export type RuleWindows = { long: SliCount; short: SliCount }

/**
 * Whether a rule fires after a minute, given whether it fired before it: it begins when both windows
 * exceed, and ends when the short one is below. Silence is no recovery: without requests in the short
 * window it goes on until the long one is empty too.
 */
export function isFiring(
  rule: BurnRule,
  { long, short }: RuleWindows,
  objective: Objective,
  firedBefore: boolean,
): boolean {
  const threshold = thresholdOf(rule, objective)
  const shortExceeds = exceeds(short, threshold, objective)
  if (firedBefore) return short.total === 0 ? long.total > 0 : shortExceeds
  return shortExceeds && exceeds(long, threshold, objective) && isEnough(long, objective)
}

function exceeds({ bad, total }: SliCount, threshold: number, { target }: Objective): boolean {
  // 1 − .999 is not .001 to the last digit: a rate at the threshold counts as reaching it.
  return total > 0 && bad >= threshold * (1 - target) * total * (1 - 1e-12)
}

const BAD_MIN = 5
/** Two-sided 90 %. */
const Z_90 = 1.6448536269514722

/** At low traffic one failed request is a burn of hundreds: some events, and not by chance alone. */
function isEnough({ bad, total }: SliCount, { target }: Objective): boolean {
  if (bad < BAD_MIN) return false
  return wilsonInterval({ failures: bad, total, z: Z_90 }).low > 1 - target
}

/** What is left of the budget, 1 = all of it, below 0 = overspent; null without data. */
export function budgetLeft({ bad, total, target }: Burn): number | null {
  return total === 0 ? null : 1 - bad / ((1 - target) * total)
}

/** Bad events of a release beyond what its baseline's rate would have given, floor 0. */
export function excessBad({
  bad,
  total,
  baselineRate,
}: SliCount & { baselineRate: number }): number {
  return Math.max(0, bad - baselineRate * total)
}
