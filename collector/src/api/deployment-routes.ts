import { randomUUID } from 'node:crypto'
import { ProjectSlug } from '@aftermath/schemas/api/common'
import {
  DeploymentAnswer,
  DeploymentsAnswer,
  DeploymentsSearch,
  NewDeployment,
  type Deployment,
} from '@aftermath/schemas/api/deployments'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { deploymentId, deploymentOf, rowOf, StoredDeployment } from './deployment-row.ts'
import { route, type Route } from './route.ts'
import { listFilterOf } from './scope.ts'

const readDeployments = defineQuery({
  sql: new URL('deployment-list.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    fromMs: z.int(),
    toMs: z.int(),
    limit: z.int(),
  }),
  row: StoredDeployment,
})

export function deploymentRoutes(): Route[] {
  return [
    route({
      method: 'post',
      path: '/deployments',
      summary:
        'Register that a release arrives in an environment. Repeats with the same id change nothing.',
      access: 'admin',
      query: z.strictObject({ project: ProjectSlug.default('default') }),
      body: NewDeployment,
      answer: DeploymentAnswer,
      status: 201,
      async handle({ body }, { client, nowMs, req }) {
        const sourceId = body.sourceId ?? req.get('idempotency-key') ?? randomUUID()
        const deployment: Deployment = {
          ...body,
          sourceId,
          id: deploymentId(body.source, sourceId),
          startedAt: new Date(body.startedAt ?? nowMs).toISOString(),
          finishedAt:
            body.finishedAt === undefined ? null : new Date(body.finishedAt).toISOString(),
          recordedAt: new Date(nowMs).toISOString(),
        }
        await client.insert({
          table: 'deployments',
          format: 'JSONEachRow',
          clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
          values: [rowOf(deployment)],
        })
        return { data: deployment, meta: { environment: body.environment } }
      },
    }),
    route({
      method: 'get',
      path: '/deployments',
      summary: 'Registered deployments in the range, newest first.',
      access: 'admin',
      query: DeploymentsSearch,
      answer: DeploymentsAnswer,
      async handle({ query }, { client, nowMs, signal }) {
        const rows = await readDeployments(client, listFilterOf(query, nowMs), signal)
        return {
          data: rows.map(deploymentOf),
          meta: { environment: query.environment ?? null },
        }
      },
    }),
  ]
}
