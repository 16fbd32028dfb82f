import { z } from 'zod'
import {
  BaselineSummary,
  Eta,
  Evidence,
  Reason,
  Severity,
  SignalId,
  VerdictState,
} from '../verdict.ts'
import { ListSearch, ProjectSlug, ScopeSearch, answerOf } from './common.ts'
import { Decision } from './decisions.ts'

export const ReleasePath = z.object({
  service: z.string().min(1).max(200),
  version: z.string().min(1).max(200),
})
export type ReleasePath = z.output<typeof ReleasePath>

/** One release of a service in an environment, as lists show it. */
export const ReleaseRow = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  /** First deployment: registered, else the first telemetry. The order of releases. */
  deployedAt: z.string(),
  /** True when a deployment event was registered for it. */
  registered: z.boolean(),
  /** A version that is kept out of the order, and why. */
  implausible: z.string().nullable(),
  /** Share of the entry requests that the service served in the range, 0…1. */
  share: z.number().nullable(),
  requests: z.number(),
  failures: z.number(),
  p95Ns: z.number().nullable(),
  verdict: VerdictState,
  severity: Severity.nullable(),
  sentence: z.string(),
  eta: Eta.nullable(),
  /** Requests and failures per equal slice of the range, oldest first, for a sparkline. */
  spark: z.array(z.object({ requests: z.number(), failures: z.number() })),
})
export type ReleaseRow = z.output<typeof ReleaseRow>

export const ReleasesSearch = ListSearch.extend({ q: z.string().max(200).optional() })
/** GET /api/v1/releases: newest deployment first. */
export const ReleasesAnswer = answerOf(z.array(ReleaseRow))

/** GET /api/v1/overview: the current release of every service × environment, most urgent first. */
export const OverviewAnswer = answerOf(
  z.object({
    counts: z.object({ needYou: z.number(), collecting: z.number(), fine: z.number() }),
    rows: z.array(
      ReleaseRow.extend({
        baselineVersion: z.string().nullable(),
        /** Requests of the release that failed beyond what the baseline's rate would have given. */
        excessFailures: z.number().nullable(),
      }),
    ),
    recent: z.object({ releases: z.number(), deployments: z.number() }),
  }),
)

export const SeriesSearch = ScopeSearch.omit({ service: true })
/** Columns of one length; null is a gap. */
export const ReleaseSeries = z.object({
  stepMs: z.number(),
  t: z.array(z.number()),
  series: z.array(
    z.object({
      version: z.string(),
      role: z.enum(['candidate', 'baseline', 'other']),
      requestsPerMinute: z.array(z.number().nullable()),
      errorRate: z.array(z.number().nullable()),
      p50Ns: z.array(z.number().nullable()),
      p95Ns: z.array(z.number().nullable()),
      p99Ns: z.array(z.number().nullable()),
      share: z.array(z.number().nullable()),
    }),
  ),
  markers: z.array(
    z.object({ at: z.number(), version: z.string(), kind: z.enum(['deployment', 'first_seen']) }),
  ),
})
export type ReleaseSeries = z.output<typeof ReleaseSeries>
/** GET /api/v1/releases/{service}/{version}/series, and GET /api/v1/releases/{service}/adoption */
export const ReleaseSeriesAnswer = answerOf(ReleaseSeries)

const OperationArm = z.object({
  requests: z.number(),
  failures: z.number(),
  requestsPerMinute: z.number().nullable(),
  p95Ns: z.number().nullable(),
})
export const OperationRow = z.object({
  operation: z.string(),
  kind: z.string(),
  candidate: OperationArm,
  baseline: OperationArm,
  /**
   * Difference of the failing share with its interval. `judged`: from the evidence, right however
   * often one looks. `totals`: from the counts beside it, right for one look; it concludes nothing.
   */
  errorRate: z
    .object({
      estimate: z.number(),
      low: z.number(),
      high: z.number(),
      conclusion: z.string(),
      basis: z.enum(['judged', 'totals']),
    })
    .nullable(),
  /** Difference of the 95th percentiles, from the same counts; null where either has none. */
  p95: z.object({ estimateNs: z.number(), lowNs: z.number(), highNs: z.number() }).nullable(),
  /** Failures beyond what the baseline's share would have given here; null without a baseline. */
  excessFailures: z.number().nullable(),
  /** Its part of all such failures of the release, 0…1; null where there are none. */
  damageShare: z.number().nullable(),
})
export type OperationRow = z.output<typeof OperationRow>
/** GET /api/v1/releases/{service}/{version}/operations */
export const OperationsAnswer = answerOf(z.array(OperationRow))

export const ReleaseSearch = z.strictObject({
  project: ProjectSlug.default('default'),
  environment: z.string().min(1).max(200).optional(),
})

const Moment = z.iso.datetime({ offset: true, message: 'a moment is RFC 3339' })

export const ReleaseReportSearch = ReleaseSearch.extend({
  /** What was known then: the verdict and evidence of that minute. */
  at: Moment.optional(),
  /** Compare with this release instead of the one that was chosen. */
  baseline: z.string().min(1).max(200).optional(),
}).refine(({ at, baseline }) => at === undefined || baseline === undefined, {
  path: ['baseline'],
  message: 'what was judged then was judged with the baseline of then: leave out at or baseline',
})

/** GET /api/v1/releases/{service}/{version} */
export const ReleaseReport = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  deployedAt: z.string(),
  share: z.number().nullable(),
  verdict: VerdictState,
  severity: Severity.nullable(),
  sentence: z.string(),
  action: z.string().nullable(),
  eta: Eta.nullable(),
  baseline: BaselineSummary,
  evidence: z.array(Evidence),
  /** Rules of the policy that fired, in order. */
  reasons: z.array(Reason),
  /** What would change the verdict, nearest first. */
  changesIt: z.array(z.string()),
  flags: z.array(z.string()),
  /** Time up to which data was judged, RFC 3339; null before the first judgement. */
  judgedUntil: z.string().nullable(),
  policyVersion: z.string(),
  guarantee: z.string(),
  /** When the present verdict began, RFC 3339. */
  since: z.string().nullable(),
  /** Set when `at` was asked for: when this was published. */
  replay: z.object({ at: z.string(), publishedAt: z.string() }).nullable(),
  /** Releases that it could be compared with instead, latest first. */
  baselineChoices: z.array(z.string()),
  /** What a person decided last, where it stands; the gate obeys it. */
  decision: Decision.nullable(),
  /** A newer release of the service in the environment. */
  supersededBy: z.string().nullable(),
  tiles: z.object({
    requests: z.number(),
    failures: z.number(),
    errorRate: z.number().nullable(),
    baselineErrorRate: z.number().nullable(),
    p95Ns: z.number().nullable(),
    baselineP95Ns: z.number().nullable(),
    excessFailures: z.number().nullable(),
    /** Users who met a failure and would not have on the baseline; null where requests carry none. */
    usersReached: z.object({ users: z.number(), share: z.number() }).nullable(),
  }),
  /** The neighbours in order of deployment, for the keys [ and ]. */
  older: z.string().nullable(),
  newer: z.string().nullable(),
})
export type ReleaseReport = z.output<typeof ReleaseReport>
export const ReleaseAnswer = answerOf(ReleaseReport)

/** GET /api/v1/releases/{service}/{version}/history: what was advised when, and what people did. */
export const ReleaseHistory = z.object({
  /** RFC 3339; the slider goes from here to `until`, minute by minute. */
  from: z.string(),
  until: z.string(),
  /** Every change of the verdict, oldest first. */
  changes: z.array(z.object({ at: z.string(), verdict: VerdictState, sentence: z.string() })),
})
export type ReleaseHistory = z.output<typeof ReleaseHistory>
export const ReleaseHistoryAnswer = answerOf(ReleaseHistory)

export const LatencySearch = ReleaseSearch.extend({
  operation: z.string().min(1).max(250).optional(),
})
const LatencyArm = z.object({
  version: z.string(),
  requests: z.number(),
  /** Share of requests that took at most `durationsNs[i]`. */
  cumulative: z.array(z.number()),
  /** The true shares lie within this of `cumulative`, at every duration; null for too few. */
  band: z.number().nullable(),
  quantiles: z.array(
    z.object({ q: z.number(), valueNs: z.number(), lowNs: z.number(), highNs: z.number() }),
  ),
})
/** GET /api/v1/releases/{service}/{version}/latency: both distributions, and how its own went. */
export const ReleaseLatency = z.object({
  operation: z.string().nullable(),
  /** Upper edges of the buckets in which anything was counted, ascending. */
  durationsNs: z.array(z.number()),
  candidate: LatencyArm,
  baseline: LatencyArm.nullable(),
  /** The gap between the two distributions exceeds both bands somewhere. */
  shapeDiffers: z.boolean(),
  /** Requests of the candidate by time and duration; rows as `edgesNs`, from fast to slow. */
  heatmap: z.object({
    stepMs: z.number(),
    t: z.array(z.number()),
    edgesNs: z.array(z.number()),
    rows: z.array(z.array(z.number())),
  }),
})
export type ReleaseLatency = z.output<typeof ReleaseLatency>
export const ReleaseLatencyAnswer = answerOf(ReleaseLatency)

/** GET /api/v1/releases/{service}/{version}/proof: SQL that gives the verdict's numbers again. */
export const ReleaseProof = z.object({
  sentence: z.string(),
  checks: z.array(
    z.object({
      /** Which numbers, in words. */
      title: z.string(),
      /** One SELECT for POST /api/v1/sql. */
      sql: z.string(),
      /** Columns of its one row, with what the judgement has for each. */
      expects: z.array(
        z.object({
          column: z.string(),
          value: z.number(),
          /** As the sentence writes it; null for one that it does not write. */
          said: z.string().nullable(),
        }),
      ),
    }),
  ),
})
export type ReleaseProof = z.output<typeof ReleaseProof>
export const ReleaseProofAnswer = answerOf(ReleaseProof)

export const EffectSearch = ReleaseSearch.extend({
  signal: SignalId,
  operation: z.string().min(1).max(250).optional(),
  quantile: z.coerce.number().min(0).max(1).optional(),
})
export type EffectSearch = z.output<typeof EffectSearch>
/** GET /api/v1/releases/{service}/{version}/effect: a row of evidence as it was published. */
export const ReleaseEffect = z.object({
  stepMs: z.number(),
  t: z.array(z.number()),
  estimate: z.array(z.number().nullable()),
  low: z.array(z.number().nullable()),
  high: z.array(z.number().nullable()),
})
export type ReleaseEffect = z.output<typeof ReleaseEffect>
export const ReleaseEffectAnswer = answerOf(ReleaseEffect)
