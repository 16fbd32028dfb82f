import { differenceOf, quantileInterval, Z95 } from '@aftermath/analysis/latency/quantile-interval'
import { DESIGN_EFFECT_UNKNOWN } from '@aftermath/analysis/baseline/reference'
import { shareDifference } from '@aftermath/analysis/watch/share-difference'
import type { OperationRow } from '@aftermath/schemas/api/releases'
import type { Evidence } from '@aftermath/schemas/verdict'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

const readOperationBuckets = defineQuery({
  sql: new URL('operation-buckets.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    candidate: z.string(),
    candidateFromMs: z.int(),
    candidateToMs: z.int(),
    baseline: z.string(),
    baselineFromMs: z.int(),
    baselineToMs: z.int(),
  }),
  row: z.object({
    arm: z.union([z.literal(0), z.literal(1)]),
    operation: z.string(),
    kind_shown: z.string(),
    bucket: z.int(),
    requests: z.number(),
    failures: z.number(),
  }),
})
type BucketRow = Awaited<ReturnType<typeof readOperationBuckets>>[number]

export type Arm = { version: string; fromMs: number; toMs: number }
export type Arms = { candidate: Arm; baseline: Arm | undefined }

/**
 * Operations of two arms beside each other, busiest first: rate, failures and 95th percentile with
 * their differences, and which of them did the damage.
 *
 * @param evidence where it has an interval for an operation, that one is given
 */
export async function readOperations(
  client: ClickHouseClient,
  place: { service: string; environment: string },
  { candidate, baseline }: Arms,
  evidence: readonly Evidence[],
  signal: AbortSignal,
): Promise<OperationRow[]> {
  const rows = await readOperationBuckets(
    client,
    {
      ...place,
      candidate: candidate.version,
      candidateFromMs: candidate.fromMs,
      candidateToMs: candidate.toMs,
      // An empty name matches nothing here: a release has a version.
      baseline: baseline?.version ?? '',
      baselineFromMs: baseline?.fromMs ?? 0,
      baselineToMs: baseline?.toMs ?? 0,
    },
    signal,
  )
  const compared = [
    ...Map.groupBy(rows, ({ operation, kind_shown: kind }) => JSON.stringify([operation, kind])),
  ].map(([, own]) => operationOf(own, { candidate, baseline }, evidence))
  const damage = compared.reduce((sum, { excessFailures }) => sum + (excessFailures ?? 0), 0)
  return compared
    .map((row) => ({
      ...row,
      damageShare: row.excessFailures === null || damage === 0 ? null : row.excessFailures / damage,
    }))
    .toSorted(
      (a, b) =>
        b.candidate.requests - a.candidate.requests || b.baseline.requests - a.baseline.requests,
    )
}

function operationOf(
  rows: BucketRow[],
  arms: Arms,
  evidence: readonly Evidence[],
): Omit<OperationRow, 'damageShare'> {
  const { operation, kind_shown: kind } = rows[0]! // a group is never empty
  const candidate = armOf(rows, 1, arms.candidate)
  const baseline = armOf(rows, 0, arms.baseline)
  return {
    operation,
    kind,
    candidate: candidate.shown,
    baseline: baseline.shown,
    errorRate: judgedDifference(operation, evidence) ?? differenceOfTotals(candidate, baseline),
    p95: p95Difference(candidate, baseline),
    excessFailures: excessOf(candidate.shown, baseline.shown),
  }
}

type ArmCounts = ReturnType<typeof armOf>

const MINUTE_MS = 60_000

function armOf(rows: readonly BucketRow[], arm: 0 | 1, window: Arm | undefined) {
  const own = rows.filter((row) => row.arm === arm)
  const requests = own.reduce((sum, row) => sum + row.requests, 0)
  const failures = own.reduce((sum, row) => sum + row.failures, 0)
  const counts = own.map(({ bucket, requests: count }) => ({ bucket, count }))
  const p95 = quantileInterval({ rows: counts, q: 0.95, phi: DESIGN_EFFECT_UNKNOWN })
  const minutes = window === undefined ? 0 : (window.toMs - window.fromMs) / MINUTE_MS
  const requestsPerMinute = minutes > 0 ? requests / minutes : null
  return { p95, shown: { requests, failures, requestsPerMinute, p95Ns: p95?.value ?? null } }
}

/** The interval that the verdict hangs on, where there is one of the operation. */
function judgedDifference(
  operation: string,
  evidence: readonly Evidence[],
): OperationRow['errorRate'] {
  const row = evidence.find(
    ({ signal, scope }) => signal === 'error_rate' && scope.operation === operation,
  )
  if (row === undefined || row.estimate === null || row.low === null || row.high === null) {
    return null
  }
  const { estimate, low, high, conclusion } = row
  return { estimate, low, high, conclusion, basis: 'judged' }
}

/** Requests come in clusters: as many tell as much as a third of them. */
function differenceOfTotals(candidate: ArmCounts, baseline: ArmCounts): OperationRow['errorRate'] {
  if (candidate.shown.requests === 0 || baseline.shown.requests === 0) return null
  const told = ({ requests, failures }: ArmCounts['shown']) => ({
    failures: failures / DESIGN_EFFECT_UNKNOWN,
    total: requests / DESIGN_EFFECT_UNKNOWN,
  })
  const difference = shareDifference(told(candidate.shown), told(baseline.shown), Z95)
  return { ...difference, conclusion: 'unknown', basis: 'totals' }
}

function p95Difference(candidate: ArmCounts, baseline: ArmCounts): OperationRow['p95'] {
  if (candidate.p95 === null || baseline.p95 === null) return null
  const { estimate, low, high } = differenceOf(candidate.p95, baseline.p95)
  return { estimateNs: estimate, lowNs: low, highNs: high }
}

function excessOf(candidate: ArmCounts['shown'], baseline: ArmCounts['shown']): number | null {
  if (baseline.requests === 0) return null
  const expected = candidate.requests * (baseline.failures / baseline.requests)
  return Math.max(0, candidate.failures - expected)
}
