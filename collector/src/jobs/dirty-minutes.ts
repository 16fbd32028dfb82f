import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import type { MinuteReader } from '../releases/read-minutes.ts'
import type { ReleaseLine } from '../releases/read-releases.ts'

const queryDirtyMinutes = defineQuery({
  sql: new URL('dirty-minutes.sql', import.meta.url),
  params: z.object({}),
  row: z.object({ database: z.string(), minuteNumber: z.int() }),
})

/** Minutes whose counts wait for a repair, and how often they changed, by database. */
export interface DirtyMinutes {
  minutesOf: (database: string) => readonly number[]
  /** What was counted before a repair was read too early: it counts as late. */
  markLate: (database: string, lines: readonly ReleaseLine[]) => ReleaseLine[]
}

/** Reads the minutes that are dirty at present, again and again. */
export function watchDirtyMinutes() {
  let seen = new Map<string, number[]>()
  const changes = new Map<string, number>()

  return async (control: ClickHouseClient, signal: AbortSignal): Promise<DirtyMinutes> => {
    const rows = await queryDirtyMinutes(control, {}, signal)
    const found = new Map<string, number[]>()
    for (const { database, minuteNumber } of rows) {
      const minutes = found.get(database) ?? []
      minutes.push(minuteNumber)
      found.set(database, minutes)
    }
    for (const database of new Set([...seen.keys(), ...found.keys()])) {
      const isSame = String(seen.get(database)) === String(found.get(database))
      if (!isSame) changes.set(database, (changes.get(database) ?? 0) + 1)
    }
    seen = found
    return {
      minutesOf: (database) => found.get(database) ?? [],
      markLate: (database, lines) => lines.map((line) => marked(line, changes.get(database) ?? 0)),
    }
  }
}

function marked(line: ReleaseLine, changes: number): ReleaseLine {
  if (changes === 0) return line
  const { late, releases } = line
  return {
    ...line,
    late: { ...late, lateCount: late.lateCount + changes },
    releases: releases.map((one) => ({ ...one, lateCount: one.lateCount + changes })),
  }
}

/** Leaves minutes out of everything that is told by minute; durations over a window keep them. */
export function withoutMinutes(reader: MinuteReader, minutes: readonly number[]): MinuteReader {
  if (minutes.length === 0) return reader
  const left = new Set(minutes)
  return {
    histograms: reader.histograms,
    totals: async (window) => filtered(await reader.totals(window), left),
    controls: async (reference, comparison) =>
      (await reader.controls(reference, comparison)).map((control) => ({
        ...control,
        reference: filtered(control.reference, left),
        comparison: filtered(control.comparison, left),
      })),
    operationMinutes: async (window, comparison, thresholds) =>
      filtered(await reader.operationMinutes(window, comparison, thresholds), left),
  }
}

/** Keeps the names, and of each column the rows of other minutes. */
function filtered<Columns extends { minute: Int32Array }>(
  columns: Columns,
  left: ReadonlySet<number>,
): Columns {
  const keeps = (_: unknown, row: number) => !left.has(columns.minute[row]!)
  const entries = Object.entries(columns).map(([name, values]) => [
    name,
    ArrayBuffer.isView(values) ? values.filter(keeps) : values,
  ])
  return Object.fromEntries(entries) as Columns // the same columns, shorter
}
