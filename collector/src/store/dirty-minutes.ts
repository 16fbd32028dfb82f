import { z } from 'zod'
import type { Clients } from '../clickhouse/connection.ts'

/** Why the roll-ups of a minute are doubtful. */
export type DirtyReason = 'unsettled' | 'cleaned' | 'replay' | 'audit'

export interface DirtyMark {
  /** What was doubtful is over: from here on the minutes may be repaired. */
  end(): void
}

/** Minutes of one source table that wait for their repair, and the marks that it covers. */
export interface Repairable {
  database: string
  source: string
  /** Unix seconds, ascending. */
  minutes: number[]
  generation: number
}

/**
 * Minutes whose roll-ups may differ from a recount. They lie in ClickHouse, for analysis to skip and
 * for the next life to repair; what is held here is who still works on them.
 */
export interface DirtyMinutes {
  /** Reads what an earlier life left. Nothing may be marked before. */
  load(databases: readonly string[]): Promise<void>
  /** Durable on return, so to be called before the act. */
  mark(
    database: string,
    source: string,
    minutes: readonly number[],
    reason: DirtyReason,
  ): Promise<DirtyMark>
  /** Those nobody works on and that were marked a while ago: repairs of one minute come together. */
  repairable(): Repairable[]
  /** @param generation marks that came later stay */
  clear(one: Repairable): Promise<void>
  /** Those of a project, whatever the source. */
  minutesOf(database: string): ReadonlySet<number>
  /** Minutes by source table. */
  counts(): Record<string, number>
}

interface Entry {
  generation: number
  workers: number
  firstMs: number
  lastMs: number
}

const REST_MS = 1000
const REST_MS_MAX = 15_000

type Deps = { clients: Pick<Clients, 'control'>; nowMs: () => number }

export function openDirtyMinutes({ clients, nowMs }: Deps): DirtyMinutes {
  const { control } = clients
  /** By database and source, then by minute. */
  const tables = new Map<
    string,
    { database: string; source: string; minutes: Map<number, Entry> }
  >()
  let generation = 0

  function entriesOf(database: string, source: string): Map<number, Entry> {
    const key = `${database} ${source}`
    const known = tables.get(key)
    if (known !== undefined) return known.minutes
    const fresh = { database, source, minutes: new Map<number, Entry>() }
    tables.set(key, fresh)
    return fresh.minutes
  }

  return {
    async load(databases) {
      const answer = await control.query({
        query: `SELECT database, source, toUnixTimestamp(minute) AS minute, max(generation) AS latest
          FROM dirty_minutes WHERE database IN {databases: Array(String)}
          GROUP BY database, source, minute`,
        query_params: { databases },
        format: 'JSONEachRow',
      })
      for (const { database, source, minute, latest } of Rows.parse(await answer.json())) {
        const entry = { generation: latest, workers: 0, firstMs: nowMs(), lastMs: nowMs() }
        entriesOf(database, source).set(minute, entry)
        generation = Math.max(generation, latest)
      }
    },

    async mark(database, source, minutes, reason) {
      const own = ++generation
      if (minutes.length > 0) {
        await control.insert({
          table: 'dirty_minutes',
          values: minutes.map((minute) => ({ database, source, minute, generation: own, reason })),
          format: 'JSONEachRow',
          clickhouse_settings: { async_insert: 0 },
        })
      }
      const entries = minutes.map((minute) => {
        const known = entriesOf(database, source).get(minute)
        const entry = known ?? { generation: own, workers: 0, firstMs: nowMs(), lastMs: nowMs() }
        entry.generation = own
        entry.workers++
        entriesOf(database, source).set(minute, entry)
        return entry
      })
      let ended = false
      return {
        end() {
          if (ended) return
          ended = true
          for (const entry of entries) {
            entry.workers--
            entry.lastMs = nowMs()
          }
        },
      }
    },

    repairable() {
      const found: Repairable[] = []
      for (const { database, source, minutes } of tables.values()) {
        const ripe = [...minutes].filter(([, entry]) => isRipe(entry, nowMs()))
        if (ripe.length === 0) continue
        found.push({
          database,
          source,
          minutes: ripe.map(([minute]) => minute).toSorted((a, b) => a - b),
          generation: Math.max(...ripe.map(([, entry]) => entry.generation)),
        })
      }
      return found
    },

    async clear({ database, source, minutes: cleared, generation: until }) {
      const minutes = entriesOf(database, source)
      const over = cleared.filter((minute) => (minutes.get(minute)?.generation ?? 0) <= until)
      if (over.length === 0) return
      await control.command({
        query: `DELETE FROM dirty_minutes WHERE database = {database: String}
          AND source = {source: String} AND generation <= {until: UInt64}
          AND toUnixTimestamp(minute) IN (${over.join(', ')})`,
        query_params: { database, source, until },
      })
      for (const minute of over) {
        if ((minutes.get(minute)?.generation ?? 0) <= until) minutes.delete(minute)
      }
    },

    minutesOf(database) {
      const own = [...tables.values()].filter((one) => one.database === database)
      return new Set(own.flatMap(({ minutes }) => [...minutes.keys()]))
    },

    counts() {
      const counts: Record<string, number> = {}
      for (const { source, minutes } of tables.values()) {
        counts[source] = (counts[source] ?? 0) + minutes.size
      }
      return counts
    },
  }
}

function isRipe({ workers, firstMs, lastMs }: Entry, nowMs: number): boolean {
  if (workers > 0) return false
  return nowMs - lastMs >= REST_MS || nowMs - firstMs >= REST_MS_MAX
}

const Rows = z.array(
  z.object({ database: z.string(), source: z.string(), minute: z.int(), latest: z.number() }),
)
