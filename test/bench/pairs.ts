import { median } from './quantile.ts'

export interface Pair {
  product: number
  control: number
}

export interface PairSummary {
  ratios: number[]
  median: number
  /** (largest − smallest) ÷ median of the control alone: how much the machine wandered. */
  controlSpread: number
  /** False where it wandered so far that the ratio says little. */
  conclusive: boolean
}

const SPREAD_MAX = 0.15

/** A shared machine changes its speed by the minute: only what ran side by side is compared. */
export function summarisePairs(pairs: readonly Pair[]): PairSummary {
  const ratios = pairs.map(({ product, control }) => product / control)
  const controls = pairs.map(({ control }) => control)
  const controlSpread = (Math.max(...controls) - Math.min(...controls)) / median(controls)
  return {
    ratios,
    median: median(ratios),
    controlSpread,
    conclusive: controlSpread <= SPREAD_MAX,
  }
}

/** A B B A …: whatever drifts hits both sides alike. @param nth from 0 */
export function controlGoesFirst(nth: number): boolean {
  return nth % 2 === 1
}
