/**
 * Counts per minute × operation × arm, in columns: two weeks of fifty operations are two million
 * rows. Arm 1 is the candidate, 0 the baseline in the same minutes, 2 the baseline in the same minutes
 * of an earlier week (`matchedColumns`). Rows of one minute, operation and arm add up; the order of
 * rows does not matter.
 */
export type MinuteColumns = {
  /** Names; `operation` below is an index into them. */
  operations: string[]
  /** Minutes since the epoch (milliseconds / 60 000). */
  minute: Int32Array
  operation: Uint16Array
  arm: Uint8Array
  requests: Float64Array
  failures: Float64Array
  /** Requests slower than the reference quantile of their operation: see `latencyThresholds`. */
  slow50: Float64Array
  slow95: Float64Array
  slow99: Float64Array
}

export const CANDIDATE = 1
export const BASELINE = 0
export const MATCHED = 2
export const MINUTE_MS = 60_000

/** Minute totals of every version of one service in one environment, any order of rows. */
export type VersionMinutes = {
  /** Names; `version` below is an index into them. */
  versions: string[]
  minute: Int32Array
  version: Uint16Array
  requests: Float64Array
  failures: Float64Array
}
