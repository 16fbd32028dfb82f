import { latencyShape, upperEdge } from '@aftermath/analysis/latency/latency-shape'
import { quantileInterval } from '@aftermath/analysis/latency/quantile-interval'
import { DESIGN_EFFECT_UNKNOWN } from '@aftermath/analysis/baseline/reference'
import type { ReleaseLatency } from '@aftermath/schemas/api/releases'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import type { Arm, Arms } from './release-operations.ts'
import { stepOf } from './scope.ts'

const Place = z.object({
  service: z.string(),
  environment: z.string(),
  operation: z.string(),
  version: z.string(),
  fromMs: z.int(),
  toMs: z.int(),
})

const readBuckets = defineQuery({
  sql: new URL('latency-buckets.sql', import.meta.url),
  params: Place,
  row: z.object({ bucket: z.int(), count: z.number() }),
})

const readSteps = defineQuery({
  sql: new URL('latency-steps.sql', import.meta.url),
  params: Place.extend({ stepMs: z.int().positive() }),
  row: z.object({ step: z.int(), bucket: z.int(), count: z.number() }),
})

const ALPHA = 0.05
const QUANTILES = [0.5, 0.75, 0.9, 0.95, 0.99]
const STEPS_MAX = 120
const ROWS_MAX = 40

/** Latency of two arms: distribution functions with bands, quantiles with intervals, and over time. */
export async function readLatency(
  client: ClickHouseClient,
  place: { service: string; environment: string; operation: string | undefined },
  { candidate, baseline }: Arms,
  signal: AbortSignal,
): Promise<ReleaseLatency> {
  const of = { ...place, operation: place.operation ?? '' }
  const stepMs = stepOf(candidate, STEPS_MAX)
  const fromMs = Math.floor(candidate.fromMs / stepMs) * stepMs
  const [own, other, steps] = await Promise.all([
    readBuckets(client, { ...of, ...candidate }, signal),
    baseline === undefined ? [] : readBuckets(client, { ...of, ...baseline }, signal),
    readSteps(client, { ...of, ...candidate, fromMs, stepMs }, signal),
  ])
  const hasBaseline = baseline !== undefined && other.length > 0
  const shape = latencyShape(hasBaseline ? [own, other] : [own], DESIGN_EFFECT_UNKNOWN, ALPHA)
  return {
    operation: place.operation ?? null,
    durationsNs: shape.durationsNs,
    candidate: armOf(candidate, own, shape.arms[0]!),
    baseline: hasBaseline ? armOf(baseline, other, shape.arms[1]!) : null,
    shapeDiffers: shape.differs,
    heatmap: heatmapOf(steps, { fromMs, toMs: candidate.toMs, stepMs }),
  }
}

type Rows = Awaited<ReturnType<typeof readBuckets>>

function armOf(
  { version }: Arm,
  rows: Rows,
  shape: { cumulative: number[]; requests: number; band: number | null },
): ReleaseLatency['candidate'] {
  return {
    version,
    ...shape,
    quantiles: QUANTILES.flatMap((q) => {
      const found = quantileInterval({ rows, q, phi: DESIGN_EFFECT_UNKNOWN })
      return found === null
        ? []
        : [{ q, valueNs: found.value, lowNs: found.low, highNs: found.high }]
    }),
  }
}

type Step = Awaited<ReturnType<typeof readSteps>>[number]

/** Neighbouring buckets share a row where there are more than fit; the lowest row takes what is 0. */
function heatmapOf(
  steps: readonly Step[],
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
): ReleaseLatency['heatmap'] {
  const t = Array.from(
    { length: Math.max(0, Math.ceil((toMs - fromMs) / stepMs)) },
    (_, step) => fromMs + step * stepMs,
  )
  const timed = steps.map(({ bucket }) => bucket).filter((bucket) => bucket > ZERO_ROW)
  if (timed.length === 0) return { stepMs, t, edgesNs: [], rows: [] }
  const least = timed.reduce((a, b) => Math.min(a, b))
  const most = timed.reduce((a, b) => Math.max(a, b))
  const merged = Math.ceil((most - least + 1) / ROWS_MAX)
  const count = Math.floor((most - least) / merged) + 1
  const rows = Array.from({ length: count }, () => t.map(() => 0))
  for (const { step, bucket, count: requests } of steps) {
    const row = rows[Math.max(0, Math.floor((bucket - least) / merged))]!
    if (row[step] !== undefined) row[step] += requests
  }
  const edgesNs = rows.map((_, row) => upperEdge(least + (row + 1) * merged - 1))
  return { stepMs, t, edgesNs, rows }
}

/** No duration above 0 is in a bucket this low. */
const ZERO_ROW = -500
