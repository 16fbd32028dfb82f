/**
 * Divergence of the two sides of a split of `z[0..kappa)` at `tau`: twice the mean distance
 * across, less the mean distances within, scaled by the sizes.
 *
 * @see Matteson & James, JASA 109 (2014) 334
 */
export function eDivisiveQ({ z, tau, kappa }: { z: number[]; tau: number; kappa: number }): number {
  const distances = sideDistances(z, tau, kappa)
  return divergence(distances, tau, kappa - tau)
}

/**
 * The split with the largest divergence, over every end `kappa`: what comes after a change back
 * must not hide the change.
 *
 * @returns `tau`, the index of the first point of the new level; undefined below two points
 */
export function eDivisiveBest(z: number[]): { q: number; tau: number } | undefined {
  let best: { q: number; tau: number } | undefined
  for (let tau = 1; tau < z.length; tau += 1) {
    const distances = { across: 0, left: withinOf(z, 0, tau), right: 0 }
    for (let kappa = tau + 1; kappa <= z.length; kappa += 1) {
      const added = z[kappa - 1]!
      for (let i = 0; i < tau; i += 1) distances.across += Math.abs(z[i]! - added)
      for (let i = tau; i < kappa - 1; i += 1) distances.right += Math.abs(z[i]! - added)
      const q = divergence(distances, tau, kappa - tau)
      if (best === undefined || q > best.q) best = { q, tau }
    }
  }
  return best
}

type Distances = { across: number; left: number; right: number }

function sideDistances(z: number[], tau: number, kappa: number): Distances {
  let across = 0
  for (let i = 0; i < tau; i += 1) {
    for (let j = tau; j < kappa; j += 1) across += Math.abs(z[i]! - z[j]!)
  }
  return { across, left: withinOf(z, 0, tau), right: withinOf(z, tau, kappa) }
}

function withinOf(z: number[], from: number, until: number): number {
  let sum = 0
  for (let i = from; i < until; i += 1) {
    for (let k = i + 1; k < until; k += 1) sum += Math.abs(z[i]! - z[k]!)
  }
  return sum
}

function divergence({ across, left, right }: Distances, n: number, m: number): number {
  const within = meanDistance(left, n) + meanDistance(right, m)
  return ((n * m) / (n + m)) * ((2 * across) / (n * m) - within)
}

function meanDistance(sum: number, size: number): number {
  return size < 2 ? 0 : (2 * sum) / (size * (size - 1))
}
