import { z } from 'zod'
import { SloId } from '../slo.ts'
import { ProjectSlug, answerOf } from './common.ts'

export const PatchPath = z.object({ id: SloId })
export const PatchScope = z.strictObject({ project: ProjectSlug.default('default') })

/** PUT /api/v1/patches/{id}: what a release claims to have fixed. */
export const PatchClaim = z.strictObject({
  service: z.string().min(1).max(200),
  title: z.string().min(1).max(500),
  /** Primary hashes of the errors that are meant to be gone. */
  hashes: z.array(z.string().min(1).max(200)).min(1).max(100),
  /** The first release that contains the fix. */
  fixedIn: z.string().min(1).max(200),
})
export type PatchClaim = z.output<typeof PatchClaim>
export const PatchClaimAnswer = answerOf(PatchClaim.extend({ id: SloId }))

export const PatchState = z.enum(['collecting', 'verified', 'reduced', 'not_fixed', 'regressed'])

/** Whether a fix did what it claims, by requests before and after. */
export const PatchVerification = PatchClaim.extend({
  id: SloId,
  state: PatchState,
  before: z.object({ events: z.number(), exposure: z.number() }),
  after: z.object({ events: z.number(), unhandledEvents: z.number(), exposure: z.number() }),
  /** Chance that the silence is luck although nothing was fixed; null without exposure before. */
  luck: z.number().nullable(),
  expectedEvents: z.number().nullable(),
  /** Rate after ÷ before, with the exact 95 % interval for one look. */
  ratio: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  etaMinutes: z.number().nullable(),
})
export type PatchVerification = z.output<typeof PatchVerification>
/** GET /api/v1/releases/{service}/{version}/patches: what the release claims to have fixed. */
export const ReleasePatchesAnswer = answerOf(z.array(PatchVerification))
