import { z } from 'zod'
import { ListSearch, answerOf } from './common.ts'

export const DeploymentStatus = z.enum([
  'started',
  'succeeded',
  'failed',
  'rolled_back',
  'cancelled',
])

/** POST /api/v1/deployments: a release arrives in an environment. */
export const NewDeployment = z.strictObject({
  service: z.string().min(1).max(200),
  version: z.string().min(1).max(200),
  environment: z.string().min(1).max(200).default('production'),
  status: DeploymentStatus.default('succeeded'),
  stage: z
    .strictObject({
      strategy: z.enum(['rolling', 'canary', 'blue_green']),
      weight: z.number().min(0).max(100),
    })
    .optional(),
  startedAt: z.iso.datetime({ offset: true }).optional(),
  finishedAt: z.iso.datetime({ offset: true }).optional(),
  revision: z.string().max(200).optional(),
  repository: z.string().max(500).optional(),
  ref: z.string().max(500).optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  actor: z.string().max(200).optional(),
  title: z.string().max(500).optional(),
  notes: z.string().max(50_000).optional(),
  irreversibleMigration: z.boolean().default(false),
  source: z.string().min(1).max(100).default('api'),
  sourceId: z.string().min(1).max(200).optional(),
})
export type NewDeployment = z.output<typeof NewDeployment>

export const Deployment = NewDeployment.extend({
  id: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  recordedAt: z.string(),
})
export type Deployment = z.output<typeof Deployment>

export const DeploymentAnswer = answerOf(Deployment)
export const DeploymentsSearch = ListSearch
export const DeploymentsAnswer = answerOf(z.array(Deployment))
