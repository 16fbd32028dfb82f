import { eDivisiveBest } from '../methods/e-divisive.ts'
import { studentTPValue } from '../methods/student-t.ts'

/** A level change: `index` is the first point of the new level; means are of the segments beside. */
export type ChangePoint = { index: number; before: number; after: number; pValue: number }

/**
 * Change points of a series, by repeated best splits tested with Student's t on the two
 * neighbouring segments: deterministic, no permutations.
 *
 * A weak pass (p < .01) finds candidates, so that a change between two opposite ones is not
 * missed; a final pass (p < .001) keeps what holds against its neighbours. A long series is split in
 * windows of 50 that overlap by half, whose candidates meet in the final pass: the cost of a window
 * grows with its cube, that of the series with its length.
 *
 * @param z values in order, without gaps
 * @see Matteson & James, JASA 109 (2014) 334; Fleming et al., ICPE (2023) 131
 */
export function changePoints(z: number[]): ChangePoint[] {
  let splits = apart(windowsOf(z.length).flatMap(([from, until]) => weakSplits(z, from, until)))
  for (;;) {
    const changes = splits.map((split, k) => {
      return compared(z, splits[k - 1] ?? 0, split, splits[k + 1] ?? z.length)
    })
    const weakest = changes.toSorted((a, b) => b.pValue - a.pValue)[0]
    if (weakest === undefined || weakest.pValue < FINAL_P) return changes
    splits = splits.filter((split) => split !== weakest.index)
  }
}

const WEAK_P = 0.01
const FINAL_P = 0.001
export const SEGMENT_MIN = 5
const WINDOW = 50

/** Windows that overlap by half; the last one ends with the series. */
function windowsOf(length: number): [from: number, until: number][] {
  const windows: [number, number][] = []
  for (let from = 0; from + WINDOW < length; from += WINDOW / 2) windows.push([from, from + WINDOW])
  return [...windows, [Math.max(0, length - WINDOW), length]]
}

type Split = { index: number; pValue: number }

/** Ascending; of splits too close for a segment between them, the clearest. */
function apart(splits: Split[]): number[] {
  const kept: number[] = []
  for (const { index } of splits.toSorted((a, b) => a.pValue - b.pValue || a.index - b.index)) {
    if (kept.every((other) => Math.abs(other - index) >= SEGMENT_MIN)) kept.push(index)
  }
  return kept.toSorted((a, b) => a - b)
}

function weakSplits(z: number[], from: number, until: number): Split[] {
  const best = eDivisiveBest(z.slice(from, until))
  if (best === undefined) return []
  const split = from + best.tau
  if (split - from < SEGMENT_MIN || until - split < SEGMENT_MIN) return []
  const { pValue } = compared(z, from, split, until)
  if (pValue >= WEAK_P) return []
  return [...weakSplits(z, from, split), { index: split, pValue }, ...weakSplits(z, split, until)]
}

function compared(z: number[], from: number, split: number, until: number): ChangePoint {
  const left = z.slice(from, split)
  const right = z.slice(split, until)
  const before = meanOf(left)
  const after = meanOf(right)
  return { index: split, before, after, pValue: tTest(left, right, after - before) }
}

/** Pooled two-sample t-test. Two constant levels differ or do not: no noise, no doubt. */
function tTest(left: number[], right: number[], difference: number): number {
  const degrees = left.length + right.length - 2
  const variance = (squaresOf(left) + squaresOf(right)) / degrees
  if (variance === 0) return difference === 0 ? 1 : 0
  const error = Math.sqrt(variance * (1 / left.length + 1 / right.length))
  return studentTPValue(difference / error, degrees)
}

function meanOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function squaresOf(values: number[]): number {
  const mean = meanOf(values)
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}
