import { z } from 'zod'
import { ListSearch, ProjectSlug, answerOf } from './common.ts'

/** What may change beside a release: a feature flag, a configuration, something that is depended on. */
export const ChangeKind = z.enum(['flag', 'configuration', 'dependency'])

/** POST /api/v1/changes: something was changed. */
export const NewChange = z.strictObject({
  kind: ChangeKind,
  /** Left out: it is shared by all services. */
  service: z.string().min(1).max(200).optional(),
  /** Left out: it holds in all environments. */
  environment: z.string().min(1).max(200).optional(),
  /** Key of the flag, name of the setting or of the dependency. */
  name: z.string().min(1).max(300),
  before: z.string().max(2000).optional(),
  after: z.string().max(2000).optional(),
  changedAt: z.iso.datetime({ offset: true }).optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  actor: z.string().max(200).optional(),
  title: z.string().max(500).optional(),
  source: z.string().min(1).max(100).default('api'),
  sourceId: z.string().min(1).max(200).optional(),
})
export type NewChange = z.output<typeof NewChange>

export const Change = NewChange.extend({
  id: z.string(),
  sourceId: z.string(),
  changedAt: z.string(),
  recordedAt: z.string(),
})
export type Change = z.output<typeof Change>

export const ChangeScope = z.strictObject({ project: ProjectSlug.default('default') })
export const ChangeAnswer = answerOf(Change)
/** GET /api/v1/changes: newest first. */
export const ChangesSearch = ListSearch
export const ChangesAnswer = answerOf(z.array(Change))
