import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

const queryDirtyMinutes = defineQuery({
  sql: new URL('dirty-minutes.sql', import.meta.url),
  params: z.object({}),
  row: z.object({ database: z.string(), minuteNumber: z.int() }),
})

/** Minutes whose counts wait for a repair at present, by database. */
export async function readDirtyMinutes(
  control: ClickHouseClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await queryDirtyMinutes(control, {}, signal)
  return new Map(
    [...Map.groupBy(rows, ({ database }) => database)].map(([database, own]) => [
      database,
      own.map(({ minuteNumber }) => minuteNumber),
    ]),
  )
}
