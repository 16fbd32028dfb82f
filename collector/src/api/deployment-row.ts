import { createHash } from 'node:crypto'
import { DeploymentStatus, type Deployment } from '@aftermath/schemas/api/deployments'
import { z } from 'zod'

/** The same event has the same id, however often it is sent. */
export function deploymentId(source: string, sourceId: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([source, sourceId]))
    .digest('hex')
  return `dep_${hash.slice(0, 20)}`
}

/** A deployment as the table `deployments` takes it; what is unknown is ''. */
export function rowOf(deployment: Deployment) {
  return {
    id: deployment.id,
    source: deployment.source,
    source_id: deployment.sourceId,
    service: deployment.service,
    environment: deployment.environment,
    version: deployment.version,
    status: deployment.status,
    stage_strategy: deployment.stage?.strategy ?? '',
    stage_weight: deployment.stage?.weight ?? null,
    started_at: deployment.startedAt,
    finished_at: deployment.finishedAt,
    revision: deployment.revision ?? '',
    repository: deployment.repository ?? '',
    ref: deployment.ref ?? '',
    url: deployment.url ?? '',
    actor: deployment.actor ?? '',
    title: deployment.title ?? '',
    notes: deployment.notes ?? '',
    irreversible_migration: deployment.irreversibleMigration,
    recorded_at: deployment.recordedAt,
  }
}

const TEXTS = ['revision', 'repository', 'ref', 'url', 'actor', 'title', 'notes'] as const

/** A row of `deployment-list.sql`. */
export const StoredDeployment = z.object({
  id: z.string(),
  source: z.string(),
  sourceId: z.string(),
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  status: DeploymentStatus,
  strategy: z.enum(['', 'rolling', 'canary', 'blue_green']),
  weight: z.number().nullable(),
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
  revision: z.string(),
  repository: z.string(),
  ref: z.string(),
  url: z.string(),
  actor: z.string(),
  title: z.string(),
  notes: z.string(),
  irreversibleMigration: z.boolean(),
  recordedMs: z.number(),
})

export function deploymentOf(row: z.output<typeof StoredDeployment>): Deployment {
  const known = TEXTS.filter((name) => row[name] !== '').map((name) => [name, row[name]])
  const { id, source, sourceId, service, environment, version, status, strategy } = row
  return {
    id,
    source,
    sourceId,
    service,
    environment,
    version,
    status,
    ...(strategy !== '' && { stage: { strategy, weight: row.weight ?? 0 } }),
    ...Object.fromEntries(known),
    startedAt: new Date(row.startedMs).toISOString(),
    finishedAt: row.finishedMs === null ? null : new Date(row.finishedMs).toISOString(),
    recordedAt: new Date(row.recordedMs).toISOString(),
    irreversibleMigration: row.irreversibleMigration,
  }
}
