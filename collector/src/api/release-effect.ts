import type { EffectSearch, ReleaseEffect } from '@aftermath/schemas/api/releases'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import type { ReleaseKey } from './judged-release.ts'
import { stepOf } from './scope.ts'

const readSteps = defineQuery({
  sql: new URL('effect-steps.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    version: z.string(),
    signal: z.string(),
    operation: z.string(),
    quantile: z.number(),
    fromMs: z.int(),
    toMs: z.int(),
    stepMs: z.int(),
  }),
  row: z.object({
    step: z.int(),
    estimate: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
  }),
})

const MINUTE_MS = 60_000

/** How one row of the evidence came about: estimate and interval as they were published. */
export async function readEffect(
  client: ClickHouseClient,
  key: ReleaseKey,
  release: OrderedRelease,
  { signal: of, operation, quantile }: Pick<EffectSearch, 'signal' | 'operation' | 'quantile'>,
  signal: AbortSignal,
): Promise<ReleaseEffect> {
  const range = {
    fromMs: Math.floor(release.firstSeenMs / MINUTE_MS) * MINUTE_MS,
    // A judgement waits for late minutes, and a little more is harmless.
    toMs: release.lastSeenMs + 10 * MINUTE_MS,
  }
  const stepMs = stepOf(range)
  const scope = { signal: of, operation: operation ?? '', quantile: quantile ?? -1 }
  const rows = await readSteps(client, { ...key, ...scope, ...range, stepMs }, signal)
  const last = rows.at(-1)?.step ?? -1
  const byStep = new Map(rows.map((row) => [row.step, row]))
  const steps = Array.from({ length: last + 1 }, (_, step) => byStep.get(step))
  const column = (name: 'estimate' | 'low' | 'high') => steps.map((row) => row?.[name] ?? null)
  return {
    stepMs,
    t: steps.map((_, step) => range.fromMs + step * stepMs),
    estimate: column('estimate'),
    low: column('low'),
    high: column('high'),
  }
}
