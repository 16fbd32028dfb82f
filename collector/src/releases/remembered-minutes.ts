import type { ClickHouseClient } from '@clickhouse/client'
import type { Late } from './late.ts'
import { databaseReader, type MinuteReader, type Place } from './read-minutes.ts'
import { rememberServiceMinutes } from './service-minutes.ts'
import { rememberVersionMinutes } from './version-minutes.ts'

/** Whose minutes are read, and what has come late by now. */
export type Known = {
  client: ClickHouseClient
  database: string
  place: Place
  nowMs: number
  /** Every service of the environment. */
  lateOfServices: ReadonlyMap<string, Late>
  lateOfVersions: ReadonlyMap<string, Late>
}

/** Closed minutes stay in memory, so that the next look reads only what is new. */
export interface RememberedMinutes {
  /** Reads one at a time: what is remembered changes meanwhile. */
  readerOf: (known: Known) => MinuteReader
}

/**
 * A minute is remembered once it was read, and read again when something came late for its service or
 * version. Bounded by rows; what was not used for longest goes first. Versions with too many rows for
 * it are read from the database each time.
 */
export function rememberMinutes({
  versionRowsMax,
}: { versionRowsMax?: number } = {}): RememberedMinutes {
  const services = rememberServiceMinutes()
  const versions = rememberVersionMinutes(versionRowsMax)

  return {
    readerOf(known) {
      const asked = databaseReader(known.client, known.place)
      return {
        totals: (window) => services.totals(known, window),
        controls: (reference, comparison) => services.controls(known, reference, comparison),
        histograms: async (version, window) =>
          (await versions.histograms(known, version, window)) ??
          (await asked.histograms(version, window)),
        operationMinutes: async (window, comparison, thresholds) =>
          (await versions.operationMinutes(known, window, comparison, thresholds)) ??
          (await asked.operationMinutes(window, comparison, thresholds)),
      }
    },
  }
}
