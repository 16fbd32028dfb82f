import type { ClickHouseClient } from '@clickhouse/client'
import { policyFor } from '@aftermath/analysis/policy/policy-for'
import { defaultPolicy, type Policy } from '@aftermath/analysis/policy/policy'
import type { Logger } from 'pino'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

/** Every version of what people changed of the policy, newest first; service '' is the project. */
export const readOverrides = defineQuery({
  sql: new URL('policy-overrides.sql', import.meta.url),
  params: z.object({ services: z.array(z.string()) }),
  row: z.object({
    service: z.string(),
    version: z.number(),
    body: z.string().transform((body) => JSON.parse(body) as unknown),
    note: z.string(),
    by: z.string(),
    atMs: z.number(),
  }),
})

/** The present policy of each service of a project. */
export async function readPolicies(
  client: ClickHouseClient,
  log: Logger,
  signal: AbortSignal,
): Promise<(service: string) => Policy> {
  const rows = await readOverrides(client, { services: [] }, signal)
  // Newest first, so the first of a service is the one that counts.
  const overrides = new Map(rows.toReversed().map(({ service, body }) => [service, body]))
  const made = new Map<string, Policy>()
  return (service) => {
    const key = overrides.has(service) ? service : ''
    const known = made.get(key)
    if (known !== undefined) return known
    const outcome = policyFor(overrides.get(''), key === '' ? undefined : overrides.get(key))
    // Checked when they were set; a later program may allow less.
    if (outcome.outcome === 'refused') {
      log.error({ service, problems: outcome.problems }, 'A policy cannot be used, the default is')
    }
    const policy = outcome.outcome === 'policy' ? outcome.policy : defaultPolicy
    made.set(key, policy)
    return policy
  }
}
