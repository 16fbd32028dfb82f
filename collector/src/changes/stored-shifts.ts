import { ShiftSignal, Suspect } from '@aftermath/schemas/api/incidents'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

const Row = z.object({
  service: z.string(),
  environment: z.string(),
  signal: ShiftSignal,
  operation: z.string(),
  stepMinutes: z.int(),
  firstMs: z.number(),
  atMs: z.number(),
  fromMs: z.number(),
  untilMs: z.number(),
  before: z.number(),
  after: z.number(),
  pValue: z.number(),
  label: z.enum(['shift', 'moved']),
  suspects: z.string(),
})

const readRows = defineQuery({
  sql: new URL('stored-shifts.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    fromMs: z.int(),
    toMs: z.int(),
  }),
  row: Row,
})

/** A shift as it was last found. `firstMs`, when it was first thought to have happened, is its name. */
export type StoredShift = Omit<z.output<typeof Row>, 'suspects'> & { suspects: Suspect[] }
const Suspects = z.array(Suspect)

/** Shifts that are still there, newest first; '' is every place. */
export async function readShifts(
  client: ClickHouseClient,
  wanted: { service: string; environment: string; fromMs: number; toMs: number },
  signal?: AbortSignal,
): Promise<StoredShift[]> {
  const rows = await readRows(client, wanted, signal)
  return rows.map((row) => ({ ...row, suspects: Suspects.parse(JSON.parse(row.suspects)) }))
}

/** @param state `gone`: later points took it back */
export async function writeShifts(
  client: ClickHouseClient,
  shifts: readonly (StoredShift & { state: 'open' | 'gone' })[],
  nowMs: number,
): Promise<void> {
  if (shifts.length === 0) return
  await client.insert({
    table: 'shifts',
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
    values: shifts.map((shift) => ({
      service: shift.service,
      environment: shift.environment,
      signal: shift.signal,
      operation: shift.operation,
      step_minutes: shift.stepMinutes,
      first_at: shift.firstMs / 1000,
      at: shift.atMs / 1000,
      from_at: shift.fromMs / 1000,
      until_at: shift.untilMs / 1000,
      before: shift.before,
      after: shift.after,
      p_value: shift.pValue,
      label: shift.label,
      state: shift.state,
      suspects: JSON.stringify(shift.suspects),
      found_at: new Date(nowMs).toISOString(),
    })),
  })
}
