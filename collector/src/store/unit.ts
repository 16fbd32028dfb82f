import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { fault } from '../fault.ts'

/** One table's share of a batch: what one INSERT writes, and what is counted afterwards. */
export interface Unit {
  table: string
  query: string
  rows: number
}

/** Sends the bytes once. Resolves when ClickHouse says that it wrote them. */
export async function sendUnit(
  client: ClickHouseClient,
  { query }: Unit,
  bytes: readonly Uint8Array[],
  queryId: string,
): Promise<void> {
  await fault('store.before_send')
  const { stream } = await client.exec({
    query,
    query_id: queryId,
    values: Readable.from(bytes, { objectMode: false, highWaterMark: 2 ** 20 }),
    clickhouse_settings: { insert_deduplication_token: queryId, async_insert: 0 },
  })
  for await (const _ of stream); // empty, but the connection is free only when it was read
  await fault('store.after_send')
}

const Count = z.array(z.object({ rows: z.number() })).length(1)

/**
 * Rows of a batch that the table holds, after every earlier attempt has ended.
 *
 * An insert whose client gave up runs on and may write its rows later, so it is killed first: only
 * then a count of zero stays zero.
 */
export async function countStored(
  client: ClickHouseClient,
  { table }: Unit,
  batch: bigint,
  queryIdPrefix: string,
): Promise<number> {
  await fault('store.settle_kill')
  await client.command({
    query: 'KILL QUERY WHERE startsWith(query_id, {prefix: String}) SYNC',
    query_params: { prefix: queryIdPrefix },
  })
  await fault('store.settle_count')
  const answer = await client.query({
    query: `SELECT count() AS rows FROM ${table} WHERE _batch = {batch: UInt64}`,
    query_params: { batch: String(batch) },
    format: 'JSONEachRow',
  })
  return Count.parse(await answer.json())[0]!.rows
}

/** Removes what an attempt left behind: part of a batch, where one block became several parts. */
export async function cleanTable(
  client: ClickHouseClient,
  table: string,
  batch: bigint,
): Promise<void> {
  await fault('store.clean')
  await client.command({
    query: `ALTER TABLE ${table} DELETE WHERE _batch = {batch: UInt64} SETTINGS mutations_sync = 2`,
    query_params: { batch: String(batch) },
  })
}
