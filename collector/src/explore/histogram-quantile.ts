/** Counts of a histogram's buckets: one more than there are bounds, the last is above them all. */
export interface Buckets {
  bounds: readonly number[]
  counts: readonly number[]
}

/**
 * The value below which a share of the values lies; null of none. Histograms of different bounds are
 * taken together: within a bucket values are taken to lie evenly.
 */
export function histogramQuantile(histograms: readonly Buckets[], share: number): number | null {
  const edges = [...new Set(histograms.flatMap(({ bounds }) => bounds))].toSorted((a, b) => a - b)
  const all = histograms.reduce((n, { counts }) => n + counts.reduce((a, b) => a + b, 0), 0)
  if (all === 0 || edges.length === 0) return null
  const below = (value: number) =>
    histograms.reduce((n, histogram) => n + countBelow(histogram, value), 0)
  const wanted = share * all
  const at = edges.findIndex((edge) => below(edge) >= wanted)
  // Above the last bound nothing tells how far.
  if (at < 0) return edges.at(-1)!
  const high = edges[at]!
  const low = at === 0 ? Math.min(0, high) : edges[at - 1]!
  const [atLow, atHigh] = [at === 0 ? 0 : below(low), below(high)]
  return atHigh === atLow ? high : low + ((wanted - atLow) / (atHigh - atLow)) * (high - low)
}

function countBelow({ bounds, counts }: Buckets, value: number): number {
  let n = 0
  for (let at = 0; at < bounds.length; at++) {
    const high = bounds[at]!
    const low = at === 0 ? Math.min(0, high) : bounds[at - 1]!
    if (high <= value) n += counts[at] ?? 0
    else {
      if (low < value) n += ((counts[at] ?? 0) * (value - low)) / (high - low)
      return n
    }
  }
  return n
}
