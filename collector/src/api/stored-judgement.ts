import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import {
  Action,
  BaselineSummary,
  Eta,
  Evidence,
  Reason,
  Severity,
  VerdictState,
} from '@aftermath/schemas/verdict'
import { z } from 'zod'

/** A row's `body` in the table `verdicts`: what a judgement said, as it was said then. */
const StoredJudgement: z.ZodType<Judgement> = z.object({
  verdict: VerdictState,
  severity: Severity.nullable(),
  action: Action.nullable(),
  sentence: z.string(),
  evidence: z.array(Evidence),
  eta: Eta.nullable(),
  reasons: z.array(Reason),
  changesIt: z.array(z.string()),
  flags: z.array(z.string()),
  baseline: BaselineSummary,
  judgedUntilMs: z.number().nullable(),
  judgedMinutes: z.number(),
  sinceMs: z.number().nullable(),
  excessFailures: z.number().nullable(),
  usersReached: z.object({ users: z.number(), share: z.number() }).nullable(),
  newOperations: z.array(
    z.object({
      operation: z.string(),
      requests: z.number(),
      failures: z.number(),
      logE: z.number(),
      allowedRate: z.number(),
      failing: z.boolean(),
    }),
  ),
  logE: z.number(),
  guarantee: z.string(),
  policyVersion: z.string(),
  codeVersion: z.string(),
})

/** Undefined for one that this program cannot read: the next judgement replaces it. */
export function readJudgement(body: string): Judgement | undefined {
  try {
    return StoredJudgement.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}
