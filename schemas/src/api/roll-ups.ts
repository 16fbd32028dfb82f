import { z } from 'zod'
import { answerOf, ProjectSlug, TimePoint } from './common.ts'

/** GET /api/v1/roll-ups/differences: without `from`, everything is recounted. */
export const DifferencesSearch = z.strictObject({
  project: ProjectSlug.default('default'),
  from: TimePoint.optional(),
  to: TimePoint.default('now'),
})

/** Minutes in which a roll-up is not what the raw rows say. Empty is what it should be. */
export const DifferencesAnswer = answerOf(
  z.array(z.object({ table: z.string(), minute: z.string() })),
)
