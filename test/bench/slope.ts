import assert from 'node:assert/strict'

/** What something costs at a size. */
export interface Point {
  size: number
  cost: number
}

/**
 * How a cost grows: the exponent of the power law that fits best, by least squares in logarithms. 0
 * does not grow, 1 grows as the size does. Between two points it is log(cost ratio) ÷ log(size ratio).
 *
 * @param points two sizes at least, all figures > 0
 */
export function slopeOf(points: readonly Point[]): number {
  assert(points.length >= 2)
  const logs = points.map(({ size, cost }) => ({ x: Math.log(size), y: Math.log(cost) }))
  const mean = (read: (log: { x: number; y: number }) => number) =>
    logs.reduce((sum, log) => sum + read(log), 0) / logs.length
  const [x, y] = [mean((log) => log.x), mean((log) => log.y)]
  const variance = mean((log) => (log.x - x) ** 2)
  assert(variance > 0)
  return mean((log) => (log.x - x) * (log.y - y)) / variance
}

/**
 * What a thing costs before its first part: the line a + b·size through the points, and its a.
 *
 * @param points two sizes at least
 */
export function fixedCost(points: readonly Point[]): number {
  assert(points.length >= 2)
  // Relative errors are alike, so large sizes weigh less: else they would hide the small part.
  let [weight, x, y, xx, xy] = [0, 0, 0, 0, 0]
  for (const { size, cost } of points) {
    const w = 1 / cost ** 2
    weight += w
    x += w * size
    y += w * cost
    xx += w * size * size
    xy += w * size * cost
  }
  const slope = (weight * xy - x * y) / (weight * xx - x * x)
  return (y - slope * x) / weight
}
