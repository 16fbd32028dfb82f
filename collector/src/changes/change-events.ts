import type { Change } from '@aftermath/schemas/api/changes'
import { ChangeKind } from '@aftermath/schemas/api/changes'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

const readRows = defineQuery({
  sql: new URL('change-events.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    fromMs: z.int(),
    toMs: z.int(),
    limit: z.int(),
  }),
  row: z.object({
    id: z.string(),
    source: z.string(),
    sourceId: z.string(),
    kind: ChangeKind,
    service: z.string(),
    environment: z.string(),
    name: z.string(),
    before: z.string(),
    after: z.string(),
    changedMs: z.number(),
    url: z.string(),
    actor: z.string(),
    title: z.string(),
    recordedMs: z.number(),
  }),
})

/** Recorded changes of flags, configuration and dependencies, newest first; '' is every place. */
export async function readChanges(
  client: ClickHouseClient,
  wanted: { service: string; environment: string; fromMs: number; toMs: number; limit: number },
  signal?: AbortSignal,
): Promise<Change[]> {
  const rows = await readRows(client, wanted, signal)
  return rows.map(({ changedMs, recordedMs, id, source, sourceId, kind, name, ...texts }) => ({
    id,
    source,
    sourceId,
    kind,
    name,
    // What was left out is not there.
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
    changedAt: new Date(changedMs).toISOString(),
    recordedAt: new Date(recordedMs).toISOString(),
  }))
}

export async function storeChange(client: ClickHouseClient, change: Change): Promise<void> {
  const { sourceId, changedAt, recordedAt, ...rest } = change
  await client.insert({
    table: 'change_events',
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
    values: [{ ...rest, source_id: sourceId, changed_at: changedAt, recorded_at: recordedAt }],
  })
}
