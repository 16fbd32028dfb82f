import { z } from 'zod'
import { VerdictState } from '../verdict.ts'
import { answerOf } from './common.ts'
import { ReleaseSearch } from './releases.ts'

export const ReplaySearch = ReleaseSearch.extend({
  /** The verdict that was valid then; left out: the present one. */
  at: z.iso.datetime({ offset: true, message: 'a moment is RFC 3339' }).optional(),
})

/** GET /api/v1/releases/{service}/{version}/replay: the verdict, made again from its counts. */
export const Replay = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  judgedAt: z.string(),
  verdict: VerdictState,
  sentence: z.string(),
  /** Whether it came out the same, byte for byte. */
  same: z.boolean(),
  /** Where the two differ first; null where they do not. */
  difference: z.object({ at: z.string(), stored: z.string(), replayed: z.string() }).nullable(),
  /** Other code may judge the same counts otherwise. */
  sameCode: z.boolean(),
  bytes: z.int(),
})
export type Replay = z.output<typeof Replay>
export const ReplayAnswer = answerOf(Replay)
