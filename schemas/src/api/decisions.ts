import { z } from 'zod'
import { Severity, VerdictState } from '../verdict.ts'
import { ListSearch, ProjectSlug, TimePoint, answerOf } from './common.ts'

/**
 * What a person does about a release. `accept`: it goes on as it is. `hold`: nothing goes on until
 * somebody decides. `uat`: users signed it off.
 */
export const DecisionAction = z.enum([
  'accept',
  'hold',
  'patch',
  'roll_back',
  'turn_off_flag',
  'uat',
])
export type DecisionAction = z.output<typeof DecisionAction>

/** For this long a decision can be taken back without a trace in the gate. */
export const UNDO_SECONDS = 10

const text = (longest: number) => z.string().trim().max(longest)

/** POST /api/v1/decisions. Sent twice with one `Idempotency-Key`, it is recorded once. */
export const NewDecision = z
  .strictObject({
    service: z.string().min(1).max(200),
    version: z.string().min(1).max(200),
    /** Left out: the one with most traffic. */
    environment: z.string().min(1).max(200).optional(),
    action: DecisionAction,
    /** Asked for where a person goes against time or advice: `accept` and `hold`. */
    reason: text(2000).default(''),
    /** Who decides, as they call themselves. */
    by: text(200).default(''),
    /** The verdict that was seen. If it is another one by now, the decision is refused (409). */
    against: VerdictState.optional(),
  })
  .refine(({ action, reason }) => reason !== '' || (action !== 'accept' && action !== 'hold'), {
    path: ['reason'],
    message: 'accept and hold need a reason',
  })
export type NewDecision = z.output<typeof NewDecision>

export const Decision = z.object({
  id: z.string(),
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  action: DecisionAction,
  reason: z.string(),
  /** As they called themselves; '' where they did not. */
  by: z.string(),
  /** How they proved that they may: with the API token, or as a browser that is logged in. */
  via: z.enum(['token', 'browser']),
  decidedAt: z.string(),
  /** What Aftermath advised then. */
  verdict: VerdictState,
  severity: Severity.nullable(),
  /** When that was judged; null: not judged yet. */
  judgedAt: z.string().nullable(),
  /** It goes against the advice. */
  override: z.boolean(),
  /** When it was taken back. */
  undoneAt: z.string().nullable(),
  undoableUntil: z.string(),
})
export type Decision = z.output<typeof Decision>

/**
 * How the advice turned out, by the rule that the calibration prints. `open`: that cannot be told yet.
 * `no_claim`: watch and insufficient_data say nothing that could turn out wrong.
 */
export const DecisionOutcome = z.object({
  advice: z.enum(['right', 'wrong', 'open', 'no_claim']),
  /** Why, in a sentence. */
  because: z.string(),
})
export type DecisionOutcome = z.output<typeof DecisionOutcome>

export const LedgerEntry = Decision.extend({ outcome: DecisionOutcome })
export type LedgerEntry = z.output<typeof LedgerEntry>

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')

/** GET /api/v1/decisions: newest first. Without `environment`, of all environments. */
export const DecisionsSearch = ListSearch.extend({
  from: TimePoint.default('-90d'),
  version: z.string().min(1).max(200).optional(),
  action: DecisionAction.optional(),
  verdict: VerdictState.optional(),
  override: flag.optional(),
  undone: flag.optional(),
})
export type DecisionsSearch = z.output<typeof DecisionsSearch>

export const DecisionPath = z.object({ id: z.string().min(1).max(100) })
export const DecisionSearch = z.strictObject({ project: ProjectSlug.default('default') })

export const DecisionAnswer = answerOf(Decision)
export const LedgerAnswer = answerOf(z.array(LedgerEntry))

/** GET /api/v1/decisions/calibration: of the releases first judged in the range. */
export const CalibrationSearch = ListSearch.omit({ limit: true, cursor: true }).extend({
  from: TimePoint.default('-90d'),
})

export const Calibration = z.object({
  /** By which rule a verdict counts as right, in sentences. */
  rule: z.string(),
  /** False below 20 verdicts that could be checked: too few to judge us. */
  enough: z.boolean(),
  /** Most urgent first; each release counts once in every state that it ever had. */
  states: z.array(
    z.object({
      verdict: VerdictState,
      /** Releases that turned out one way or the other. */
      checked: z.number().int(),
      /** Of these, releases that turned out harmful. */
      harmful: z.number().int(),
      /** Of these, releases for which the verdict was right; null where it claims nothing. */
      right: z.number().int().nullable(),
      /** `right` (`harmful` where that is null) of `checked`: Wilson's 95 % interval, 0…1. */
      low: z.number().nullable(),
      high: z.number().nullable(),
      /** Releases of which it cannot be told yet. */
      open: z.number().int(),
      /** From the release's first request to the data that the right verdict was made from. */
      medianMinutes: z.number().nullable(),
    }),
  ),
  /** Harmful releases that were never called so. */
  missed: z.number().int(),
  decisions: z.object({ made: z.number().int(), overrides: z.number().int() }),
  falseRollBacks: z.object({
    /** Releases that turned out harmless, whatever was said of them. */
    healthyReleases: z.number().int(),
    /** At most so many of them are expected to be told to roll back. */
    expectedMax: z.number(),
    observed: z.number().int(),
  }),
})
export type Calibration = z.output<typeof Calibration>
export const CalibrationAnswer = answerOf(Calibration)
