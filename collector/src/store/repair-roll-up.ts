import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { fault } from '../fault.ts'

const Minutes = z.array(z.object({ minute: z.int() }))
const View = z.array(z.object({ query: z.string() })).length(1)

/**
 * Makes `operation_minutes` a recount of `otel_traces` again in the minutes of one batch.
 *
 * A view is not atomic with the table that feeds it: an insert that was cut off may have written one
 * and not the other, and counting the table's rows does not tell. Nothing else may write traces
 * meanwhile. Idempotent, so the batch stays in the journal until this is done.
 */
export async function repairOperationMinutes(
  client: ClickHouseClient,
  database: string,
  batch: bigint,
): Promise<void> {
  const minutes = await readMinutes(client, batch)
  if (minutes.length === 0) return
  const answer = await client.query({
    query: `SELECT as_select AS query FROM system.tables
      WHERE database = {database: String} AND name = 'operation_minutes_mv'`,
    query_params: { database },
    format: 'JSONEachRow',
  })
  const [view] = View.parse(await answer.json())
  const list = minutes.join(', ')
  // Nanoseconds on both sides: against a DateTime the engine (26.7) takes `<` for whole seconds when it
  // skips parts by their range, and leaves out a part whose spans all lie in the last second.
  const nanoseconds = (seconds: number) => `fromUnixTimestamp64Nano(${seconds}000000000)`
  const spans =
    `Timestamp >= ${nanoseconds(minutes[0]!)} AND Timestamp < ${nanoseconds(minutes.at(-1)! + 60)}` +
    ` AND toUnixTimestamp(toStartOfMinute(Timestamp)) IN (${list})`
  await fault('rollup.delete')
  await client.command({
    query: `DELETE FROM operation_minutes WHERE toUnixTimestamp(minute) IN (${list})`,
  })
  await fault('rollup.insert')
  // The view's own statement, so that the two can never say different things.
  await client.command({
    query: `INSERT INTO operation_minutes ${view!.query}
      SETTINGS additional_table_filters = {'${database}.otel_traces': '${spans}'}, async_insert = 0`,
  })
}

/** Ascending, in Unix seconds. */
async function readMinutes(client: ClickHouseClient, batch: bigint): Promise<number[]> {
  const answer = await client.query({
    query: `SELECT DISTINCT toUnixTimestamp(toStartOfMinute(Timestamp)) AS minute
      FROM otel_traces WHERE _batch = {batch: UInt64} ORDER BY minute`,
    query_params: { batch: String(batch) },
    format: 'JSONEachRow',
  })
  return Minutes.parse(await answer.json()).map(({ minute }) => minute)
}
