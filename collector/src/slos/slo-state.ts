import { BURN_RULES } from '@aftermath/analysis/slo/burn-rules'
import { firingsOf, type BurnEvent, type Firing } from '@aftermath/analysis/slo/fold-burn'
import type { SloAlert } from '@aftermath/analysis/baseline/choose-baseline'
import { SloRelease } from '@aftermath/schemas/api/slos'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { readSlos, type StoredSlo } from './stored-slos.ts'

const Count = z.object({ bad: z.number(), total: z.number() })

/** How an objective stood after the last counted minute. */
export const SloStateBody = z.object({
  /** Counted from and until, minutes since the epoch; `until` exclusive. */
  fromMinute: z.number(),
  untilMinute: z.number(),
  /** When minutes of the last days, and all of them, were last counted anew. */
  recountedMs: z.number(),
  countedAllMs: z.number(),
  lateCount: z.number(),
  /** By rule, in the order of the rules. */
  firing: z.array(z.boolean()),
  windows: z.array(z.object({ long: Count, short: Count })),
  period: Count,
  lastDay: Count,
  releases: z.array(SloRelease),
})
export type SloStateBody = z.output<typeof SloStateBody>

const readRows = defineQuery({
  sql: new URL('slo-states.sql', import.meta.url),
  params: z.object({ id: z.string() }),
  row: z.object({ id: z.string(), revision: z.number(), body: z.string() }),
})

/** States by objective; what belongs to an earlier revision is none. */
export async function readSloStates(
  client: ClickHouseClient,
  slos: readonly StoredSlo[],
  signal?: AbortSignal,
): Promise<Map<string, SloStateBody>> {
  const rows = await readRows(client, { id: slos.length === 1 ? slos[0]!.id : '' }, signal)
  const revisions = new Map(slos.map(({ id, revision }) => [id, revision]))
  return new Map(
    rows
      .filter(({ id, revision }) => revisions.get(id) === revision)
      .flatMap(({ id, body }) => {
        // One of another program's shape is counted anew.
        const parsed = SloStateBody.safeParse(JSON.parse(body))
        return parsed.success ? [[id, parsed.data] as const] : []
      }),
  )
}

export async function writeSloState(
  client: ClickHouseClient,
  { id, revision }: StoredSlo,
  body: SloStateBody,
  events: readonly BurnEvent[],
  nowMs: number,
): Promise<void> {
  const insert = (table: string, values: readonly object[]) =>
    client.insert({
      table,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
      values,
    })
  const at = new Date(nowMs).toISOString()
  if (events.length > 0) {
    await insert(
      'slo_events',
      events.map(({ rule, minute, event }) => ({
        slo_id: id,
        revision,
        rule,
        severity: BURN_RULES[rule]!.severity,
        event,
        minute: minute * 60,
        recorded_at: at,
      })),
    )
  }
  // Last: events that were written twice are one, a state without its events would lose them.
  await insert('slo_states', [
    { slo_id: id, revision, evaluated_at: at, body: JSON.stringify(body) },
  ])
}

const readEvents = defineQuery({
  sql: new URL('slo-events.sql', import.meta.url),
  params: z.object({ ids: z.array(z.string()) }),
  row: z.object({
    id: z.string(),
    revision: z.number(),
    rule: z
      .int()
      .min(0)
      .max(BURN_RULES.length - 1),
    event: z.enum(['fired', 'cleared']),
    minute_number: z.number(),
  }),
})

/** When rules of the objectives fired, by objective, oldest first. */
export async function readFirings(
  client: ClickHouseClient,
  slos: readonly StoredSlo[],
  signal?: AbortSignal,
): Promise<Map<string, Firing[]>> {
  if (slos.length === 0) return new Map()
  const rows = await readEvents(client, { ids: slos.map(({ id }) => id) }, signal)
  return new Map(
    slos.map(({ id, revision }) => {
      const own = rows.filter((row) => row.id === id && row.revision === revision)
      return [id, firingsOf(own.map((row) => ({ ...row, minute: row.minute_number })))]
    }),
  )
}

const MINUTE_MS = 60_000

/** When objectives of a service burned, as a judgement takes it. */
export async function readSloAlerts(
  client: ClickHouseClient,
  place: { service: string; environment: string },
  signal?: AbortSignal,
): Promise<SloAlert[]> {
  const slos = (await readSlos(client, {}, signal)).filter(
    ({ service, environment }) => service === place.service && environment === place.environment,
  )
  const firings = await readFirings(client, slos, signal)
  return [...firings.values()].flat().map(({ rule, fromMinute, untilMinute }) => ({
    severity: BURN_RULES[rule]!.severity,
    fromMs: fromMinute * MINUTE_MS,
    untilMs: untilMinute === null ? null : untilMinute * MINUTE_MS,
  }))
}
