/** Counts of a service level indicator, and the share of good events that is promised. */
export type Burn = { bad: number; total: number; target: number }

/**
 * How many times faster than evenly an error budget is spent; 1 spends exactly all of it over the
 * period.
 *
 * @returns null of no events: no data is not 100 %
 * @see Google, The Site Reliability Workbook (2018), chapter 5
 */
export function burnRate({ bad, total, target }: Burn): number | null {
  return total === 0 ? null : bad / total / (1 - target)
}

/** Burn rate that spends `budgetShare` of a period's budget within the long window. */
export function burnThreshold(input: {
  budgetShare: number
  periodHours: number
  longHours: number
}): number {
  return (input.budgetShare * input.periodHours) / input.longHours
}
