import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { fault } from '../fault.ts'

/** One INSERT: what it writes to, and how many rows that should give. */
export interface Insert {
  table: string
  query: string
  /** Asked when all bytes are sent: what the disk damaged is known only then. */
  rows: () => number
}

type Sending = {
  queryId: string
  signal?: AbortSignal
  /** As many parts as the rows have days: then it may be stored in part. */
  isParted?: boolean
}

/**
 * Sends the bytes once. Resolves when ClickHouse says that it wrote them.
 *
 * @throws Error also when it says that it wrote fewer rows than there are
 */
export async function sendUnit(
  client: ClickHouseClient,
  { query, rows }: Insert,
  bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { queryId, signal, isParted = false }: Sending,
): Promise<void> {
  await fault('store.before_send')
  const { stream, summary } = await client.exec({
    query,
    query_id: queryId,
    values: Readable.from(bytes, { objectMode: false, highWaterMark: 2 ** 20 }),
    clickhouse_settings: {
      insert_deduplication_token: queryId,
      async_insert: 0,
      ...(isParted && { throw_on_max_partitions_per_insert_block: 0 }),
    },
    ...(signal !== undefined && { abort_signal: signal }),
  })
  for await (const _ of stream); // empty, but the connection is free only when it was read
  await fault('store.after_send')
  // What views wrote is in it: only too few says something.
  const written = Number(summary?.written_rows ?? rows())
  if (written < rows()) throw new Error(`ClickHouse wrote ${written} of ${rows()} rows.`)
}

const Count = z.array(z.object({ rows: z.number() })).length(1)
const GONE_MS_MAX = 60_000
const LOOK_EVERY_MS = 100

/**
 * Ends every earlier attempt. An insert whose client gave up runs on and may write its rows later:
 * only after this a count of zero stays zero.
 *
 * @throws Error when one does not end within a minute
 */
export async function endAttempts(client: ClickHouseClient, queryIdPrefix: string): Promise<void> {
  await fault('store.settle_kill')
  await client.command({
    query: 'KILL QUERY WHERE startsWith(query_id, {prefix: String}) SYNC',
    query_params: { prefix: queryIdPrefix },
  })
  const startedMs = performance.now()
  while ((await countRunning(client, queryIdPrefix)) > 0) {
    if (performance.now() - startedMs > GONE_MS_MAX) {
      throw new Error('An insert that was given up does not end.')
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

async function countRunning(client: ClickHouseClient, queryIdPrefix: string): Promise<number> {
  const answer = await client.query({
    query: `SELECT count() AS rows FROM system.processes
      WHERE startsWith(query_id, {prefix: String})`,
    query_params: { prefix: queryIdPrefix },
    format: 'JSONEachRow',
  })
  return Count.parse(await answer.json())[0]!.rows // of length 1
}

/** Rows of a batch that the table holds. */
export async function countStored(
  client: ClickHouseClient,
  table: string,
  batch: bigint,
): Promise<number> {
  await fault('store.settle_count')
  return (await countBatches(client, table, [batch])).get(batch) ?? 0
}

const Counts = z.array(z.object({ batch: z.coerce.bigint(), rows: z.number() }))

/** Rows of each of these batches; those without a row are absent. */
export async function countBatches(
  client: ClickHouseClient,
  table: string,
  batches: readonly bigint[],
): Promise<Map<bigint, number>> {
  const answer = await client.query({
    query: `SELECT toString(_batch) AS batch, count() AS rows FROM ${table}
      WHERE _batch IN (${batches.join(', ')}) GROUP BY _batch`,
    format: 'JSONEachRow',
    clickhouse_settings: { select_sequential_consistency: '1' },
  })
  return new Map(Counts.parse(await answer.json()).map(({ batch, rows }) => [batch, rows]))
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
