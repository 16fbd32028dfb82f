import { DecisionAction } from '@aftermath/schemas/api/decisions'
import { Severity, VerdictState } from '@aftermath/schemas/verdict'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

const StoredDecision = z.object({
  id: z.string(),
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  action: DecisionAction,
  reason: z.string(),
  by: z.string(),
  via: z.enum(['token', 'browser']),
  verdict: VerdictState,
  severity: z.union([Severity, z.literal('')]),
  decidedMs: z.number(),
  judgedMs: z.number().nullable(),
  undoneMs: z.number().nullable(),
})
export type StoredDecision = z.output<typeof StoredDecision>

/** What people decided, oldest first; empty strings: of every service, of every environment. */
export const readDecisions = defineQuery({
  sql: new URL('decisions.sql', import.meta.url),
  params: z.object({ service: z.string(), environment: z.string() }),
  row: StoredDecision,
})

/** Whether it counts: it was not taken back, and is no sign-off, which decides nothing. */
function isDeciding({ action, undoneMs }: StoredDecision): boolean {
  return undoneMs === null && action !== 'uat'
}

/** The decision that stands for a release: the last one that counts. */
export function standingOf(
  decisions: readonly StoredDecision[],
  of: { service: string; environment: string; version: string },
): StoredDecision | undefined {
  return decisions.findLast(
    (one) =>
      one.version === of.version &&
      one.environment === of.environment &&
      one.service === of.service &&
      isDeciding(one),
  )
}
