import type { ClickHouseClient } from '@clickhouse/client'
import type { MinuteReader, Place } from './read-minutes.ts'
import { rememberServiceMinutes } from './service-minutes.ts'
import { rememberVersionMinutes } from './version-minutes.ts'

/** Whose minutes are read, as of when, and what was closed again by then. */
export type Known = {
  client: ClickHouseClient
  database: string
  place: Place
  nowMs: number
  /** Every service of the environment, and how often minutes of it were closed again. */
  reopened: ReadonlyMap<string, number>
}

/** Closed minutes stay in memory, so that the next look reads only what is new. */
export interface RememberedMinutes {
  /** Reads one at a time: what is remembered changes meanwhile. */
  readerOf: (known: Known) => MinuteReader
}

/**
 * Minutes are remembered once they were read, and read again when minutes of the service were closed
 * again. Bounded by rows; what was not used for longest goes first.
 */
export function rememberMinutes(): RememberedMinutes {
  const services = rememberServiceMinutes()
  const versions = rememberVersionMinutes()
  return {
    readerOf: (known) => ({
      ...versions(known),
      totals: (window) => services.totals(known, window),
      controls: (reference, comparison) => services.controls(known, reference, comparison),
    }),
  }
}
