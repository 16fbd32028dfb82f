import type { Conclusion, Evidence } from '@aftermath/schemas/verdict'

/**
 * Where an interval stands in the plot. Rows have units of their own; what they share is their
 * zone of changes too small to matter, so effects are drawn as multiples of it.
 */
export type ForestBar = {
  /** 0 is the left edge (worse), 1 the right one (better). */
  dot: number | undefined
  left: number
  right: number
  clippedLeft: boolean
  clippedRight: boolean
  /** The side on which all of it, or nearly all, lies outside the plot. */
  outside: 'left' | 'right' | undefined
}

const zonesMin = 4
/** With more zones to a side, intervals near the zone could not be told apart. */
const zonesMax = 24
/** The widest estimate stands at four fifths of its side. */
const room = 1.25
/** Less than this part of the plot is too little of an interval to be drawn as one. */
const partMin = 0.04

/**
 * Half of the plot's width in zones: the widest estimate of the whole service with room beside it.
 * A single operation may be far outside; it is clipped and told by its numbers.
 */
export function zonesToEachSide(evidence: readonly Evidence[]): number {
  const sizes = evidence.flatMap((row) => {
    if (row.scope.operation !== null) return []
    const estimate = inZones(row, row.estimate)
    return estimate === undefined ? [] : [Math.abs(estimate) * room]
  })
  return Math.min(zonesMax, Math.max(zonesMin, ...sizes))
}

/** Place of a row's interval; undefined where there is none. */
export function forestBar(row: Evidence, zones: number): ForestBar | undefined {
  const ends = [inZones(row, row.low), inZones(row, row.high)]
  // What falls when it gets worse is turned round, and so are its ends.
  const [low, high] = row.worse === 'lower' ? ends.toReversed() : ends
  if (low === undefined || high === undefined) return undefined
  const estimate = inZones(row, row.estimate)
  // Worse is left.
  const left = place(high, zones)
  const right = place(low, zones)
  return {
    dot: estimate === undefined ? undefined : inside(place(estimate, zones)),
    left: clamp(left),
    right: clamp(right),
    clippedLeft: left < 0,
    clippedRight: right > 1,
    outside: right < partMin ? 'left' : left > 1 - partMin ? 'right' : undefined,
  }
}

/** The zone's edges in the plot, the same in every row. */
export function zoneBand(zones: number): { left: number; right: number } {
  return { left: place(1, zones), right: place(-1, zones) }
}

const rank: Record<Conclusion, number> = { worse: 0, unknown: 1, no_change: 2, better: 3 }

/** Worst first; of equals the larger effect, then the whole service before one operation. */
export function worstFirst(evidence: readonly Evidence[]): Evidence[] {
  return evidence.toSorted(
    (a, b) =>
      rank[a.conclusion] - rank[b.conclusion] ||
      (inZones(b, b.estimate) ?? -Infinity) - (inZones(a, a.estimate) ?? -Infinity) ||
      Number(a.scope.operation !== null) - Number(b.scope.operation !== null),
  )
}

/**
 * How much worse, as a multiple of the row's zone; ratios on their logarithm, where ×2 mirrors ÷2.
 */
function inZones(row: Evidence, effect: number | null): number | undefined {
  if (effect === null) return undefined
  const { unit, worse, minimumEffect } = row
  const sign = worse === 'lower' ? -1 : 1
  if (unit !== 'ratio') return (sign * effect) / (minimumEffect > 0 ? minimumEffect : 1)
  const zone = Math.log(minimumEffect > 1 ? minimumEffect : 1 + minimumEffect)
  return (sign * Math.log(Math.max(effect, Number.MIN_VALUE))) / (zone > 0 ? zone : 1)
}

const place = (effectZones: number, zones: number) => 0.5 - effectZones / (2 * zones)
const inside = (position: number) => (position < 0 || position > 1 ? undefined : position)
const clamp = (position: number) => Math.min(1, Math.max(0, position))
