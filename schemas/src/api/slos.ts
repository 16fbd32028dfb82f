import { z } from 'zod'
import { SloDefinition, SloId } from '../slo.ts'
import { ProjectSlug, answerOf } from './common.ts'

export const SloPath = z.object({ id: SloId })
export const SloScope = z.strictObject({ project: ProjectSlug.default('default') })
export const SlosSearch = SloScope.extend({
  environment: z.string().min(1).max(200).optional(),
  service: z.string().min(1).max(200).optional(),
})

/** `counting`: its minutes are not counted yet. `no_data`: no request in the longest window. */
export const SloState = z.enum(['page', 'ticket', 'ok', 'no_data', 'counting'])
export type SloState = z.output<typeof SloState>

const SloCount = z.object({
  bad: z.number(),
  total: z.number(),
  /** Null without requests. */
  burn: z.number().nullable(),
})

/** A pair of windows: it fires when both burn at the threshold or faster, until the short one does not. */
export const SloRule = z.object({
  severity: z.enum(['page', 'ticket']),
  longMinutes: z.number(),
  shortMinutes: z.number(),
  /** Burn rate: 1 spends exactly the whole budget over the period. */
  threshold: z.number(),
  long: SloCount,
  short: SloCount,
  firing: z.boolean(),
})

/** What a release spent of the budget. */
export const SloRelease = z.object({
  version: z.string(),
  /** In the period. */
  bad: z.number(),
  total: z.number(),
  /** First deployment; null for requests without a version. */
  deployedAt: z.string().nullable(),
  /** Whose rate it is measured against; null: there is nothing to compare with. */
  baseline: z.object({ version: z.string(), rate: z.number() }).nullable(),
  /** Bad requests beyond the baseline's rate, at least 0; null without a baseline. */
  excess: z.number().nullable(),
  /** The same as a share of the period's budget. */
  spent: z.number().nullable(),
  /** How fast its own requests spend a budget. */
  burn: z.number().nullable(),
})
export type SloRelease = z.output<typeof SloRelease>

export const Slo = SloDefinition.extend({
  id: SloId,
  revision: z.number(),
  changedAt: z.string(),
  state: SloState,
  /** What it is, in a sentence. */
  sentence: z.string(),
  /** The threshold that is counted against: bucket edges lie 9 % apart. Null for availability. */
  countedThresholdMs: z.number().nullable(),
  /** Counted up to here; null before the first count. */
  countedUntil: z.string().nullable(),
  /** Over the period. */
  bad: z.number(),
  total: z.number(),
  /** 1 = all of the budget, below 0 = overspent; null without requests. */
  budgetLeft: z.number().nullable(),
  /** At the pace of the last day; null where that does not spend it within the period. */
  endsInMinutes: z.number().nullable(),
  rules: z.array(SloRule),
  /** Releases that served in the period, the costliest first. */
  releases: z.array(SloRelease),
})
export type Slo = z.output<typeof Slo>

export const SloReport = Slo.extend({
  /** The budget over the period so far: what was left at the end of each step. */
  series: z.object({
    stepMs: z.number(),
    t: z.array(z.number()),
    left: z.array(z.number().nullable()),
    /** Share of bad requests in the step. */
    badShare: z.array(z.number().nullable()),
  }),
  markers: z.array(
    z.object({ at: z.number(), version: z.string(), kind: z.enum(['deployment', 'first_seen']) }),
  ),
  /** When rules fired, newest first. */
  firings: z.array(
    z.object({
      severity: z.enum(['page', 'ticket']),
      longMinutes: z.number(),
      from: z.string(),
      to: z.string().nullable(),
    }),
  ),
})
export type SloReport = z.output<typeof SloReport>

/** GET /api/v1/slos: the most urgent first. */
export const SlosAnswer = answerOf(z.array(Slo))
/** GET, DELETE /api/v1/slos/{id} */
export const SloAnswer = answerOf(SloReport)
/** PUT /api/v1/slos/{id}: the definition as stored. */
export const SloStoredAnswer = answerOf(
  SloDefinition.extend({ id: SloId, revision: z.number(), changedAt: z.string() }),
)
