import type { ClickHouseClient } from '@clickhouse/client'
import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import { histogramQuantile } from '@aftermath/analysis/methods/histogram-quantile'
import { BUCKET_SCALE, ZERO_BUCKET } from '@aftermath/analysis/latency/latency-thresholds'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import type { ReleasePath, ReleaseReport } from '@aftermath/schemas/api/releases'
import { z } from 'zod'
import { databaseOf } from '../control/control.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { defineQuery } from '../clickhouse/query.ts'
import { readDecisions, standingOf } from '../releases/decisions.ts'
import { currentOf, type OrderedRelease } from '../releases/release-order.ts'
import { decisionOf } from './decision-rows.ts'
import { readJudgedRelease, type JudgedRelease, type ReleaseKey } from './judged-release.ts'
import { Problem } from './problem.ts'
import { readJudgementAt } from './release-history.ts'
import { notJudgedYet, readServiceStats } from './release-rows.ts'
import type { RequestContext } from './route.ts'
import { environmentLately } from './scope.ts'

const readVersionBuckets = defineQuery({
  sql: new URL('version-buckets.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    version: z.string(),
    fromMs: z.int(),
    toMs: z.int(),
  }),
  row: z.object({ bucket: z.int(), requests: z.number(), failures: z.number() }),
})

/** Share of traffic is that of the last ten minutes in which the service served anything. */
const SHARE_WINDOW_MS = 10 * 60_000
const CHOICES_MAX = 50

type Asked = ReleasePath & {
  environment?: string | undefined
  at?: string | undefined
  baseline?: string | undefined
}

/**
 * The report that a route's parameters ask for: of now, or of a minute of the past.
 *
 * @throws Problem 404 for a release, or a time of it, that nothing is known of
 */
export async function readAskedReport(
  { service, version, environment: named, at, baseline }: Asked,
  { client, project, nowMs, signal }: RequestContext,
  jobs: Pick<Jobs, 'judgeBeside'>,
): Promise<ReleaseReport> {
  const environment = await environmentLately(
    client,
    { environment: named, service },
    nowMs,
    signal,
  )
  const key = { service, version, environment }
  const judged = await readJudgedRelease(client, key, signal)
  if (baseline !== undefined) {
    refuseUnknown(judged, key, baseline)
    const asked = { ...key, atMs: nowMs }
    const judgement = await jobs.judgeBeside(databaseOf(project), asked, baseline)
    return reportOf(client, key, { ...judged, judgement }, signal)
  }
  if (at === undefined) return reportOf(client, key, judged, signal)

  const then = await readJudgementAt(client, key, Date.parse(at), signal)
  if (then === undefined) {
    throw new Problem(404, `${service} ${version} was not judged in ${environment} yet at ${at}.`)
  }
  const { judgement, publishedMs } = then
  const report = await reportOf(client, key, { ...judged, judgement }, signal)
  return { ...report, replay: { at, publishedAt: new Date(publishedMs).toISOString() } }
}

/** @throws Problem 400 for a baseline that is no other release of the service */
function refuseUnknown({ releases }: JudgedRelease, key: ReleaseKey, baseline: string): void {
  const isOther = baseline !== key.version && releases.some(({ version }) => version === baseline)
  if (isOther) return
  throw new Problem(400, `baseline: name another release of ${key.service} in ${key.environment}.`)
}

/** Health, evidence and verdict of one release. */
async function reportOf(
  client: ClickHouseClient,
  key: ReleaseKey,
  { release, releases, judgement }: JudgedRelease,
  signal: AbortSignal,
): Promise<ReleaseReport> {
  const [own, baseline, share, decisions] = await Promise.all([
    readHealth(
      client,
      key,
      { fromMs: release.firstSeenMs - 60_000, toMs: release.lastSeenMs + 60_000 },
      signal,
    ),
    readBaselineHealth(client, key, judgement, signal),
    readShare(client, key, releases, signal),
    readDecisions(client, key, signal),
  ])
  const decision = standingOf(decisions, key)
  const ordered = releases.filter(({ implausible }) => implausible === undefined)
  const place = ordered.indexOf(release)
  return {
    ...key,
    firstSeen: new Date(release.firstSeenMs).toISOString(),
    lastSeen: new Date(release.lastSeenMs).toISOString(),
    deployedAt: new Date(release.firstDeployedMs).toISOString(),
    share,
    verdict: judgement?.verdict ?? 'insufficient_data',
    severity: judgement?.severity ?? null,
    sentence: judgement?.sentence ?? notJudgedYet(key),
    action: judgement?.action ?? null,
    eta: judgement?.eta ?? null,
    baseline: judgement?.baseline ?? {
      version: null,
      kind: 'none',
      from: null,
      to: null,
      why: 'Chosen with the first judged minute.',
    },
    evidence: judgement?.evidence ?? [],
    reasons: judgement?.reasons ?? [],
    changesIt: judgement?.changesIt ?? [],
    flags: judgement?.flags ?? [],
    judgedUntil:
      judgement?.judgedUntilMs == null ? null : new Date(judgement.judgedUntilMs).toISOString(),
    policyVersion: judgement?.policyVersion ?? defaultPolicy.version,
    guarantee: judgement?.guarantee ?? '',
    since: judgement?.sinceMs == null ? null : new Date(judgement.sinceMs).toISOString(),
    replay: null,
    baselineChoices: ordered
      .filter(({ version }) => version !== key.version)
      .map(({ version }) => version)
      .toReversed()
      .slice(0, CHOICES_MAX),
    decision: decision === undefined ? null : decisionOf(decision),
    supersededBy: supersederOf(release, releases),
    tiles: {
      requests: own.requests,
      failures: own.failures,
      errorRate: own.errorRate,
      baselineErrorRate: baseline?.errorRate ?? null,
      p95Ns: own.p95Ns,
      baselineP95Ns: baseline?.p95Ns ?? null,
      excessFailures: judgement?.excessFailures ?? null,
      usersReached: judgement?.usersReached ?? null,
    },
    older: place > 0 ? ordered[place - 1]!.version : null,
    newer: place === -1 ? null : (ordered[place + 1]?.version ?? null),
  }
}

/** A newer release that the service runs now. */
function supersederOf(release: OrderedRelease, releases: readonly OrderedRelease[]): string | null {
  const current = currentOf(releases)
  const isNewer = current !== undefined && current.firstDeployedMs > release.firstDeployedMs
  return isNewer ? current.version : null
}

interface Health {
  requests: number
  failures: number
  errorRate: number | null
  p95Ns: number | null
}

async function readHealth(
  client: ClickHouseClient,
  key: ReleaseKey,
  range: { fromMs: number; toMs: number },
  signal: AbortSignal,
): Promise<Health> {
  const rows = await readVersionBuckets(client, { ...key, ...range }, signal)
  const requests = rows.reduce((sum, row) => sum + row.requests, 0)
  const failures = rows.reduce((sum, row) => sum + row.failures, 0)
  return {
    requests,
    failures,
    errorRate: requests === 0 ? null : failures / requests,
    p95Ns: quantileNs(rows, 0.95),
  }
}

/** @param rows latency buckets of exponential scale 3 on nanoseconds */
export function quantileNs(rows: readonly { bucket: number; requests: number }[], q: number) {
  return histogramQuantile({
    q,
    scale: BUCKET_SCALE,
    zeroCount: rows
      .filter(({ bucket }) => bucket === ZERO_BUCKET)
      .reduce((sum, { requests }) => sum + requests, 0),
    buckets: rows
      .filter(({ bucket }) => bucket !== ZERO_BUCKET)
      .map(({ bucket, requests }) => [bucket, requests] as const),
  })
}

async function readBaselineHealth(
  client: ClickHouseClient,
  key: ReleaseKey,
  judgement: Judgement | undefined,
  signal: AbortSignal,
): Promise<Health | undefined> {
  const { version, from, to } = judgement?.baseline ?? { version: null, from: null, to: null }
  if (version === null || from === null || to === null) return undefined
  const range = { fromMs: Date.parse(from), toMs: Date.parse(to) }
  return readHealth(client, { ...key, version }, range, signal)
}

async function readShare(
  client: ClickHouseClient,
  key: ReleaseKey,
  releases: readonly OrderedRelease[],
  signal: AbortSignal,
): Promise<number | null> {
  const lastMs = Math.max(...releases.map(({ lastSeenMs }) => lastSeenMs))
  const range = { fromMs: lastMs - SHARE_WINDOW_MS, toMs: lastMs + 60_000 }
  const rows = await readServiceStats(client, { ...key, ...range }, signal)
  const total = rows.reduce((sum, { requests }) => sum + requests, 0)
  const own = rows.find(({ version }) => version === key.version)?.requests ?? 0
  return total === 0 ? null : own / total
}
