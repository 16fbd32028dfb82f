import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { nameOf } from '../releases/checked-releases.ts'
import { readDecisions, type StoredDecision } from '../releases/decisions.ts'
import { readReleaseLines, type ReleaseLine } from '../releases/read-releases.ts'

const readVerdictStates = defineQuery({
  sql: new URL('../releases/verdict-states.sql', import.meta.url),
  params: z.object({}),
  row: z.object({
    service: z.string(),
    environment: z.string(),
    version: z.string(),
    judgedMs: z.number(),
  }),
})

/** Everything that was seen, judged and decided in a project, without what was said. */
export interface ReleaseIndex {
  lines: readonly ReleaseLine[]
  decisions: readonly StoredDecision[]
  /** When each release was judged last, by `nameOf`. */
  judgedMs: ReadonlyMap<string, number>
}

export interface ReleaseIndexes {
  /** At most a second old. However many ask, it is read once. */
  of(database: string, client: ClickHouseClient): Promise<ReleaseIndex>
  /** What was read before is out of date: somebody decided. */
  forget(database: string): void
}

const AGE_MS = 1000

export function openReleaseIndexes(now: () => number): ReleaseIndexes {
  const read = new Map<string, { atMs: number; index: Promise<ReleaseIndex> }>()
  return {
    of(database, client) {
      const known = read.get(database)
      if (known !== undefined && now() - known.atMs < AGE_MS) return known.index
      const index = readIndex(client)
      const entry = { atMs: now(), index }
      read.set(database, entry)
      index.catch(() => {
        if (read.get(database) === entry) read.delete(database)
      })
      return index
    },
    forget: (database) => void read.delete(database),
  }
}

/** Nobody's hang-up ends it: others wait for the same. */
async function readIndex(client: ClickHouseClient): Promise<ReleaseIndex> {
  const [lines, decisions, states] = await Promise.all([
    readReleaseLines(client, {}),
    readDecisions(client, { service: '', environment: '' }),
    readVerdictStates(client, {}),
  ])
  return { lines, decisions, judgedMs: new Map(states.map((row) => [nameOf(row), row.judgedMs])) }
}
