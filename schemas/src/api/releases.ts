import { z } from 'zod'
import { BaselineSummary, Eta, Evidence, Reason, Severity, VerdictState } from '../verdict.ts'
import { ListSearch, ProjectSlug, ScopeSearch, answerOf } from './common.ts'

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

export const OperationRow = z.object({
  operation: z.string(),
  kind: z.string(),
  candidate: z.object({ requests: z.number(), failures: z.number(), p95Ns: z.number().nullable() }),
  baseline: z.object({ requests: z.number(), failures: z.number(), p95Ns: z.number().nullable() }),
  /** Error rate difference with its interval (from the evidence); null where the evidence has none. */
  errorRate: z
    .object({ estimate: z.number(), low: z.number(), high: z.number(), conclusion: z.string() })
    .nullable(),
})
export type OperationRow = z.output<typeof OperationRow>
/** GET /api/v1/releases/{service}/{version}/operations */
export const OperationsAnswer = answerOf(z.array(OperationRow))

export const ReleaseSearch = z.strictObject({
  project: ProjectSlug.default('default'),
  environment: z.string().min(1).max(200).optional(),
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
  }),
  /** The neighbours in order of deployment, for the keys [ and ]. */
  older: z.string().nullable(),
  newer: z.string().nullable(),
})
export type ReleaseReport = z.output<typeof ReleaseReport>
export const ReleaseAnswer = answerOf(ReleaseReport)
