import { z } from 'zod'
import { BaselineKind, Eta, Evidence, Severity, VerdictState } from '../verdict.ts'
import { ProjectSlug } from './common.ts'

const SERVICES_MAX = 20

const name = z.string().min(1).max(200)
/** Once, or repeated: `service=checkout&service=cart`. */
const names = z
  .union([name, z.array(name).min(1).max(SERVICES_MAX)])
  .transform((given) => [given].flat())

const verdicts = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(VerdictState).min(1))

/** GET /api/v1/gate. A release that spans services names each, with one version or one for each. */
export const GateSearch = z
  .strictObject({
    project: ProjectSlug.default('default'),
    service: names,
    version: names,
    environment: name.optional(),
    /** `auto`, or the release that it has to have been compared with. */
    baseline: name.default('auto'),
    /** Seconds to hold the answer back while it would be `wait`. */
    wait: z.coerce.number().int().min(0).max(600).default(0),
    failOn: verdicts.default(['roll_back', 'patch']),
    /** Verdicts that pass; left out: all that do not fail but `insufficient_data`. The others wait. */
    passOn: verdicts.optional(),
    /** A sign-off without which nothing passes. */
    require: z.enum(['uat']).optional(),
  })
  .refine(({ service, version }) => version.length === 1 || version.length === service.length, {
    path: ['version'],
    message: 'give one version for all services, or one for each',
  })
export type GateSearch = z.output<typeof GateSearch>

export const GateDecision = z.enum(['pass', 'fail', 'wait'])
export type GateDecision = z.output<typeof GateDecision>

const ServiceGateAnswer = z.object({
  decision: GateDecision,
  verdict: VerdictState,
  severity: Severity.nullable(),
  classification: z.enum(['Pass', 'Marginal', 'Fail', 'Nodata']),
  /** Of several services, all names with commas between. */
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
  policy: z.object({
    failOn: z.array(VerdictState),
    passOn: z.array(VerdictState).optional(),
    require: z.string().optional(),
  }),
  asOf: z.string(),
  url: z.string(),
})

export const GateAnswer = ServiceGateAnswer.extend({
  /** Each service's own answer, where several were asked for. */
  services: z.array(ServiceGateAnswer).optional(),
})
export type GateAnswer = z.output<typeof GateAnswer>

/** When Flagger asks; anything but 200 to 202 is a no to it. */
export const FlaggerHook = z.enum([
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'post-rollout',
  'rollback',
  'event',
])
export type FlaggerHook = z.output<typeof FlaggerHook>

export const FlaggerPath = z.object({ hook: FlaggerHook })
export const FlaggerSearch = z.strictObject({ project: ProjectSlug.default('default') })

/** POST /api/v1/gate/flagger/{hook}: what Flagger sends of a canary. */
export const FlaggerCall = z.looseObject({
  name,
  metadata: z
    .looseObject({
      /** Left out: the canary's name. */
      service: name.optional(),
      version: name.optional(),
      environment: name.optional(),
    })
    .nullish(),
})
