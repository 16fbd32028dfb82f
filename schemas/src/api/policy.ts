import { z } from 'zod'
import { Policy, PolicyOverrides } from '../policy.ts'
import { ProjectSlug, answerOf } from './common.ts'

export const PolicySearch = z.strictObject({
  project: ProjectSlug.default('default'),
  /** Left out: what holds for every service. */
  service: z.string().min(1).max(200).optional(),
})

/** One state of the overrides of a project or a service. Version 0: never changed. */
const OverridesVersion = z.object({
  version: z.int(),
  overrides: PolicyOverrides,
  note: z.string(),
  by: z.string(),
  at: z.string(),
})
export type OverridesVersion = z.output<typeof OverridesVersion>

export const PolicyState = z.object({
  service: z.string().nullable(),
  /** What verdicts are made with: the default, changed by the project and then by the service. */
  policy: Policy,
  project: PolicyOverrides,
  /** Those of the service; null without one. */
  own: PolicyOverrides.nullable(),
  /** Of what was asked for, newest first. */
  history: z.array(OverridesVersion),
})
export type PolicyState = z.output<typeof PolicyState>
/** GET /api/v1/policy */
export const PolicyAnswer = answerOf(PolicyState)

/** POST /api/v1/policy: replaces the overrides of the project, or of a service. */
export const NewOverrides = z.strictObject({
  service: z.string().min(1).max(200).optional(),
  overrides: PolicyOverrides,
  /** Why, for those who come later. */
  note: z.string().min(1).max(1000),
  by: z.string().min(1).max(200),
  /** The version that is replaced: refused if there is a newer one. */
  after: z.int().min(0).optional(),
})
