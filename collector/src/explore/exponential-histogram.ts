/** A point of an exponential histogram: bucket i holds (base^(i+offset), base^(i+offset+1)], base = 2^(2^-scale). */
export interface ExponentialPoint {
  n: number
  total: number
  scale: number
  offset: number
  buckets: readonly number[]
  zeros: number
  negatives: number
}

/** The sum of points, at the coarsest scale among them. Buckets are kept by their index. */
export interface ExponentialSum {
  n: number
  total: number
  scale: number
  buckets: Map<number, number>
  zeros: number
  negatives: number
}

export function emptySum(scale: number): ExponentialSum {
  return { n: 0, total: 0, scale, buckets: new Map(), zeros: 0, negatives: 0 }
}

/** Adds a point, or takes it away where `sign` is -1: a running total less the one before it. */
export function addPoint(sum: ExponentialSum, point: ExponentialPoint, sign: 1 | -1 = 1): void {
  if (point.scale < sum.scale) coarsen(sum, point.scale)
  const factor = 2 ** (point.scale - sum.scale)
  point.buckets.forEach((count, at) => {
    const index = Math.floor((at + point.offset) / factor)
    sum.buckets.set(index, (sum.buckets.get(index) ?? 0) + sign * count)
  })
  sum.n += sign * point.n
  sum.total += sign * point.total
  sum.zeros += sign * point.zeros
  sum.negatives += sign * point.negatives
}

/** Two buckets become one for each step of the scale. */
function coarsen(sum: ExponentialSum, scale: number): void {
  const factor = 2 ** (sum.scale - scale)
  const merged = new Map<number, number>()
  for (const [index, count] of sum.buckets) {
    const at = Math.floor(index / factor)
    merged.set(at, (merged.get(at) ?? 0) + count)
  }
  sum.buckets = merged
  sum.scale = scale
}

/** The value below which a share of the values lies; null of none. Values below zero count as zero. */
export function exponentialQuantile(sum: ExponentialSum, share: number): number | null {
  const filled = [...sum.buckets].filter(([, count]) => count > 0).toSorted(([a], [b]) => a - b)
  const nothing = Math.max(0, sum.zeros) + Math.max(0, sum.negatives)
  const all = filled.reduce((n, [, count]) => n + count, nothing)
  if (all === 0) return null
  let rest = share * all - nothing
  if (rest <= 0) return 0
  const base = 2 ** (2 ** -sum.scale)
  for (const [index, count] of filled) {
    // Within a bucket values are taken to lie evenly on the logarithmic scale that it is one step of.
    if (rest <= count) return base ** (index + rest / count)
    rest -= count
  }
  return base ** (filled.at(-1)![0] + 1) // rounding alone leads here
}

/** A point of a series, in its group and step. */
type ExponentialRow = ExponentialPoint & {
  key: string
  step: number
  series_shown: string
  beganMs: number
  atMs: number
  temporality: number
}

/**
 * What each step gained: points as they are, or less the point before where totals run on.
 *
 * @param rows by series, then time
 * @param freshMs a first value that came together in this time belongs to its step
 */
export function gainedBySteps(rows: readonly ExponentialRow[], freshMs: number) {
  const cells = new Map<string, { key: string; step: number; sum: ExponentialSum }>()
  let before: ExponentialRow | undefined
  for (const row of rows) {
    const last = before?.series_shown === row.series_shown ? before : undefined
    before = row
    if (row.step < 0) continue
    const isWhole =
      row.temporality === 1 ||
      (last === undefined
        ? row.atMs - row.beganMs <= freshMs
        : row.n < last.n || row.beganMs > last.beganMs)
    if (!isWhole && last === undefined) continue
    const name = JSON.stringify([row.key, row.step])
    const cell = cells.get(name) ?? { key: row.key, step: row.step, sum: emptySum(row.scale) }
    cells.set(name, cell)
    addPoint(cell.sum, row)
    if (!isWhole && last !== undefined) addPoint(cell.sum, last, -1)
  }
  return [...cells.values()]
}
