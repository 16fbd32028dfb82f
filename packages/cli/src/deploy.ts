import { createHash, randomUUID } from 'node:crypto'
import { DeploymentAnswer, NewDeployment } from '@aftermath/schemas/api/deployments'
import type { Deployment } from '@aftermath/schemas/api/deployments'
import type { z } from 'zod'
import type { Outcome } from './api.ts'
import { type CiFacts, readCiFacts } from './ci-facts.ts'
import { record, type RecordDeps } from './record.ts'

export type DeployOptions = {
  service: string
  version: string
  env: string
  status: string
  canary?: number
  revision?: string
  repository?: string
  ref?: string
  url?: string
  actor?: string
  title?: string
  notes?: string
  irreversibleMigration?: true
}

/**
 * What is sent for the options: what they leave open comes from the CI system's variables.
 *
 * @throws z.ZodError naming the field that the API would refuse
 */
export function composeDeployment(
  options: DeployOptions,
  env: Readonly<Record<string, string | undefined>>,
): z.input<typeof NewDeployment> {
  const { run, ...facts } = readCiFacts(env)
  const { service, version, env: environment, status, canary, ...rest } = options
  return NewDeployment.parse({
    ...facts,
    ...rest,
    service,
    version,
    environment,
    status,
    ...(canary === undefined ? {} : { stage: { strategy: 'canary', weight: canary } }),
    source: 'cli',
    sourceId: sourceId({ run, service, version, environment }),
  })
}

type Identity = { run: CiFacts['run']; service: string; version: string; environment: string }

/** Names the deployment, so that sending it twice records it once. */
function sourceId({ run, service, version, environment }: Identity): string {
  if (run === undefined) return randomUUID()
  const parts = JSON.stringify([run, service, version, environment])
  return createHash('sha256').update(parts).digest('hex').slice(0, 32)
}

/** Records the deployment; a server that is away is asked again until the time is up. */
export function sendDeployment(
  deployment: z.input<typeof NewDeployment>,
  deps: RecordDeps,
): Promise<Outcome<{ data: Deployment }>> {
  const answer = DeploymentAnswer.pick({ data: true })
  return record({ path: '/deployments', send: deployment, answer }, deps)
}

export function deploymentSummary(deployment: Deployment): string {
  const { service, version, environment, status, stage, startedAt, id } = deployment
  const share = stage === undefined ? '' : ` (${stage.strategy}, ${stage.weight} %)`
  return `${service} ${version} in ${environment}${share}: ${status.replace('_', ' ')}, started ${startedAt}. Recorded as ${id}.`
}
