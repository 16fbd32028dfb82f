import { policyFor, type PolicyProblem } from '@aftermath/analysis/policy/policy-for'
import { ProjectSlug } from '@aftermath/schemas/api/common'
import {
  NewOverrides,
  PolicyAnswer,
  PolicySearch,
  type PolicyState,
} from '@aftermath/schemas/api/policy'
import { PolicyOverrides } from '@aftermath/schemas/policy'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { readOverrides } from '../releases/policies.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'

export function policyRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/policy',
      summary: 'What verdicts are made by: every number, what was changed of them, and by whom.',
      access: 'admin',
      query: PolicySearch,
      answer: PolicyAnswer,
      async handle({ query }, { client, signal }) {
        return { data: await readState(client, query.service, signal) }
      },
    }),
    route({
      method: 'post',
      path: '/policy',
      summary: 'Replace what a project or a service wants otherwise. Earlier versions stay.',
      access: 'admin',
      query: z.strictObject({ project: ProjectSlug.default('default') }),
      body: NewOverrides,
      answer: PolicyAnswer,
      status: 201,
      async handle({ body }, { client, nowMs, signal }) {
        const { service, overrides, note, by, after } = body
        const before = await readState(client, service, signal)
        const version = before.history[0]?.version ?? 0
        if (after !== undefined && after !== version) {
          throw new Problem(
            409,
            `Version ${version} is there by now, not ${after}: look at what it changed, then send yours again.`,
          )
        }
        const made =
          service === undefined ? policyFor(overrides, {}) : policyFor(before.project, overrides)
        if (made.outcome === 'refused') throw refusal(made.problems)
        if (service === undefined) await refuseBreakingServices(client, overrides, signal)
        await client.insert({
          table: 'policy_overrides',
          format: 'JSONEachRow',
          clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
          values: [
            {
              service: service ?? '',
              version: version + 1,
              body: JSON.stringify(overrides),
              note,
              written_by: by,
              written_at: new Date(nowMs).toISOString(),
            },
          ],
        })
        return { data: await readState(client, service, signal) }
      },
    }),
  ]
}

async function readState(
  client: ClickHouseClient,
  service: string | undefined,
  signal: AbortSignal,
): Promise<PolicyState> {
  const services = service === undefined ? [''] : ['', service]
  const rows = await readOverrides(client, { services }, signal)
  const newest = (of: string) =>
    PolicyOverrides.parse(rows.find((row) => row.service === of)?.body ?? {})
  const project = newest('')
  const own = service === undefined ? null : newest(service)
  const made = policyFor(project, own ?? {})
  if (made.outcome === 'refused') throw refusal(made.problems)
  return {
    service: service ?? null,
    policy: made.policy,
    project,
    own,
    history: rows
      .filter((row) => row.service === (service ?? ''))
      .map(({ version, body, note, by, atMs }) => ({
        version,
        overrides: PolicyOverrides.parse(body),
        note,
        by,
        at: new Date(atMs).toISOString(),
      })),
  }
}

/** What the project wants may contradict what one of its services wants. */
async function refuseBreakingServices(
  client: ClickHouseClient,
  overrides: PolicyOverrides,
  signal: AbortSignal,
): Promise<void> {
  const rows = await readOverrides(client, { services: [] }, signal)
  const newest = new Map(rows.toReversed().map(({ service, body }) => [service, body]))
  newest.delete('')
  for (const [service, own] of newest) {
    const made = policyFor(overrides, own)
    if (made.outcome === 'refused') throw refusal(made.problems, `With what ${service} wants: `)
  }
}

function refusal(problems: readonly PolicyProblem[], which = ''): Problem {
  return new Problem(400, `${which}no verdict can be made with it.`, {
    errors: problems.map(({ of, at, problem }) => ({
      path: at === '' ? of : `${of}: ${at}`,
      message: problem,
    })),
  })
}
