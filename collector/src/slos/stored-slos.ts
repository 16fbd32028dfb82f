import { SloDefinition } from '@aftermath/schemas/slo'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { forgetMinutes } from './slo-counts.ts'

/** An objective as it stands. */
export type StoredSlo = SloDefinition & { id: string; revision: number; changedMs: number }

const readRows = defineQuery({
  sql: new URL('stored-slos.sql', import.meta.url),
  params: z.object({ id: z.string() }),
  row: z.object({
    id: z.string(),
    last_revision: z.number(),
    last_body: z.string(),
    changedMs: z.number(),
  }),
})

/** Every objective that is not deleted, or the one with the id. */
export async function readSlos(
  client: ClickHouseClient,
  { id = '' }: { id?: string },
  signal?: AbortSignal,
): Promise<StoredSlo[]> {
  const rows = await readRows(client, { id }, signal)
  return rows.map((row) => ({
    ...SloDefinition.parse(JSON.parse(row.last_body)),
    id: row.id,
    revision: row.last_revision,
    changedMs: row.changedMs,
  }))
}

const readRevision = defineQuery({
  sql: new URL('slo-revision.sql', import.meta.url),
  params: z.object({ id: z.string() }),
  row: z.object({ last_revision: z.number(), last_body: z.string(), last_deleted: z.boolean() }),
})

/** Stores a definition as the objective's next revision; the same one again changes nothing. */
export async function storeSlo(
  client: ClickHouseClient,
  id: string,
  definition: SloDefinition,
  nowMs: number,
): Promise<StoredSlo> {
  const [last] = await readRevision(client, { id })
  const body = JSON.stringify(definition)
  if (last?.last_body !== body || last.last_deleted) {
    await append(client, { id, revision: next(last, nowMs), deleted: false, body }, nowMs)
  }
  const [stored] = await readSlos(client, { id })
  return stored! // written above, or there before
}

/** @returns false when there is none */
export async function deleteSlo(
  client: ClickHouseClient,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const [last] = await readRevision(client, { id })
  if (last === undefined || last.last_deleted) return false
  const body = last.last_body
  await append(client, { id, revision: next(last, nowMs), deleted: true, body }, nowMs)
  return true
}

/** Grows always, whatever the clock does. */
function next(last: { last_revision: number } | undefined, nowMs: number): number {
  return Math.max(nowMs, (last?.last_revision ?? 0) + 1)
}

async function append(
  client: ClickHouseClient,
  row: { id: string; revision: number; deleted: boolean; body: string },
  nowMs: number,
): Promise<void> {
  await client.insert({
    table: 'slos',
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
    values: [{ ...row, changed_at: new Date(nowMs).toISOString() }],
  })
  await forgetMinutes(client, row.id, row.revision)
}
