import { z } from 'zod'
import { answerOf } from './common.ts'

/** One request that a sender made to the ingest port: accepted or refused, never its body or whole key. */
export const Attempt = z.object({
  id: z.number().int(),
  at: z.string(),
  /** traces, logs, metrics, or the path that was asked for. */
  what: z.string(),
  outcome: z.enum(['accepted', 'refused']),
  status: z.number().int(),
  /** `auth`, `size`, `malformed`, `content_type`, `path`, `method`, `time`, `overload`…; null when accepted. */
  reason: z.string().nullable(),
  detail: z.string(),
  /** What to change on the sender, in a sentence; null when accepted. */
  fix: z.string().nullable(),
  items: z.number().int(),
  rejectedItems: z.number().int(),
  /** The first resource in it. */
  service: z.string().nullable(),
  version: z.string().nullable(),
  environment: z.string().nullable(),
  sender: z.string(),
})
export type Attempt = z.output<typeof Attempt>

/** GET /api/v1/onboarding?project= */
export const OnboardingAnswer = answerOf(
  z.object({
    ingestUrl: z.string(),
    grpcUrl: z.string(),
    ingestKey: z.string(),
    keyNeeded: z.boolean(),
    checks: z.object({
      telemetry: z.boolean(),
      version: z.boolean(),
      environment: z.boolean(),
      deployment: z.boolean(),
    }),
    /** Newest first, at most 50. `GET /api/v1/onboarding/attempts` streams them as server-sent events. */
    attempts: z.array(Attempt),
  }),
)
export type Onboarding = z.output<typeof OnboardingAnswer>['data']
