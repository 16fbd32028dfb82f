/**
 * κ: how much worse than yesterday is still 'no change', from placebo pairs of days without a
 * deployment: three standard deviations of their log rate ratios, between 10 % and 200 %.
 *
 * @param logRatios natural logarithms, at least one
 */
export function timeShiftAllowance(logRatios: number[]): number {
  const meanSquare = logRatios.reduce((sum, value) => sum + value ** 2, 0) / logRatios.length
  return Math.min(2, Math.max(0.1, Math.expm1(3 * Math.sqrt(meanSquare))))
}
