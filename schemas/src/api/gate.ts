import { z } from 'zod'
import { BaselineKind, Eta, Evidence, Severity, VerdictState } from '../verdict.ts'
import { ProjectSlug } from './common.ts'

/** GET /api/v1/gate */
export const GateSearch = z.strictObject({
  project: ProjectSlug.default('default'),
  service: z.string().min(1).max(200),
  version: z.string().min(1).max(200),
  environment: z.string().min(1).max(200).optional(),
  /** Seconds to hold the answer back while it would be `wait`. */
  wait: z.coerce.number().int().min(0).max(600).default(0),
  failOn: z
    .string()
    .default('roll_back,patch')
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(VerdictState).min(1)),
})
export type GateSearch = z.output<typeof GateSearch>

export const GateAnswer = z.object({
  decision: z.enum(['pass', 'fail', 'wait']),
  verdict: VerdictState,
  severity: Severity.nullable(),
  classification: z.enum(['Pass', 'Marginal', 'Fail', 'Nodata']),
  service: z.string(),
  version: z.string(),
  environment: z.string(),
  baseline: z.object({ version: z.string().nullable(), kind: BaselineKind }),
  sentence: z.string(),
  eta: Eta.nullable(),
  reasons: z.array(
    z.object({
      code: z.string(),
      sentence: z.string(),
      evidence: Evidence.nullable(),
      url: z.string(),
    }),
  ),
  policy: z.object({ failOn: z.array(VerdictState) }),
  asOf: z.string(),
  url: z.string(),
})
export type GateAnswer = z.output<typeof GateAnswer>
