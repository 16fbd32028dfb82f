import type { MinuteWindow } from './choose-baseline.ts'
import { designEffect } from '../methods/design-effect.ts'
import type { UnitVariance } from '../methods/design-effect.ts'
import { BLOCK_MINUTES, blockOf, BLOCKS_PER_DAY, DESIGN_EFFECT_UNKNOWN } from './reference.ts'
import type { ShareReference } from './reference.ts'
import type { CountRows } from '../signals/signal-input.ts'

/** What a signal was like in the baseline's window: shares, design effects, mean minutes. */
export type CountReference = {
  pooled: ShareReference
  /** In the order of the strata. */
  strata: ShareReference[]
  /** Mean minute of each quarter hour of the day, `block × strata + stratum`. */
  n: Float64Array
  x: Float64Array
}

/**
 * Reads the reference window of a signal.
 *
 * @param strata names, in the order of all sums
 * @returns undefined where the window has no exposure
 */
export function countReference(input: {
  rows: CountRows
  strata: string[]
  window: MinuteWindow
  varianceOf: UnitVariance | undefined
}): CountReference | undefined {
  const { rows, strata, window, varianceOf } = input
  const { fromMinute } = window
  const minutes = Math.max(0, window.untilMinute - fromMinute)
  const n = new Float64Array(minutes * strata.length)
  const x = new Float64Array(minutes * strata.length)
  const place = rows.strata.map((name) => strata.indexOf(name))
  for (let row = 0; row < rows.minute.length; row += 1) {
    const minute = rows.minute[row]! - fromMinute
    if (minute < 0 || minute >= minutes) continue
    const at = place[rows.stratum[row]!]! * minutes + minute
    n[at]! += rows.n[row]!
    x[at]! += rows.x[row]!
  }
  const pooledN = new Float64Array(minutes)
  const pooledX = new Float64Array(minutes)
  for (let at = 0; at < n.length; at += 1) {
    pooledN[at % minutes]! += n[at]!
    pooledX[at % minutes]! += x[at]!
  }
  const pooled = shareOf(pooledN, pooledX, varianceOf)
  if (pooled.requests === 0) return undefined
  return {
    pooled,
    strata: strata.map((_, index) => {
      const own = (values: Float64Array) => values.subarray(index * minutes, (index + 1) * minutes)
      return shareOf(own(n), own(x), varianceOf)
    }),
    n: blockMeans(n, strata.length, window, pooledN),
    x: blockMeans(x, strata.length, window, pooledN),
  }
}

function shareOf(n: Float64Array, x: Float64Array, varianceOf?: UnitVariance): ShareReference {
  let requests = 0
  let events = 0
  for (let minute = 0; minute < n.length; minute += 1) {
    requests += n[minute]!
    events += x[minute]!
  }
  return {
    p0: requests === 0 ? 0 : events / requests,
    requests,
    events,
    phi: designEffect({ n, x }, varianceOf) ?? DESIGN_EFFECT_UNKNOWN,
  }
}

/** A block of the day the window does not cover holds its mean minute. */
function blockMeans(
  values: Float64Array,
  strata: number,
  { fromMinute }: MinuteWindow,
  pooledN: Float64Array,
): Float64Array {
  const minutes = pooledN.length
  const served = pooledN.reduce((sum, exposure) => sum + (exposure > 0 ? 1 : 0), 0)
  const covered = new Float64Array(BLOCKS_PER_DAY)
  for (let minute = 0; minute < minutes; minute += 1) covered[blockOf(fromMinute + minute)]! += 1
  const means = new Float64Array(BLOCKS_PER_DAY * strata)
  const totals = new Float64Array(strata)
  for (let at = 0; at < values.length; at += 1) {
    const stratum = Math.floor(at / minutes)
    means[blockOf(fromMinute + (at % minutes)) * strata + stratum]! += values[at]!
    totals[stratum]! += values[at]!
  }
  return means.map((sum, at) => {
    return covered[Math.floor(at / strata)]! > 0
      ? sum / BLOCK_MINUTES
      : totals[at % strata]! / Math.max(1, served)
  })
}
