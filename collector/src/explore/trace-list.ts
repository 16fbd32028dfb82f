import type { TraceRow, TracesSearch } from '@aftermath/schemas/api/traces'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { firstWindow, widening, type Window } from './windows.ts'
import { withSpanFacts } from './span-facts.ts'

/** What a list is asked for; times are Unix milliseconds, `toMs` is exclusive. */
export type TraceFilter = Pick<
  TracesSearch,
  'version' | 'operation' | 'status' | 'durationMinNs' | 'durationMaxNs' | 'service'
> & { environment: string; fromMs: number; toMs: number }

/** The last row of a page: the next one goes on behind it. */
export const TracePlace = z.object({
  /** `failed` first puts the others into a second part. */
  part: z.enum(['all', 'failed', 'ok']),
  startNs: z.string().regex(/^\d{1,19}$/),
  durationNs: z.number().int().nonnegative(),
  spanId: z.string().max(32),
})
export type TracePlace = z.output<typeof TracePlace>

const Filter = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  operations: z.array(z.string()),
  otherThan: z.boolean(),
  status: z.string(),
})
type Filter = z.output<typeof Filter>

const readRows = defineQuery({
  sql: () => withSpanFacts(new URL('trace-list.sql', import.meta.url)),
  params: Filter.extend({
    fromNs: z.string(),
    toNs: z.string(),
    durationMinNs: z.string(),
    durationMaxNs: z.string(),
    longestFirst: z.boolean(),
    after: z.boolean(),
    afterNs: z.string(),
    afterDurationNs: z.number(),
    afterSpanId: z.string(),
    limit: z.int(),
  }),
  row: z.object({
    traceId: z.string(),
    spanId: z.string(),
    startNs: z.string(),
    service: z.string(),
    environment: z.string(),
    version: z.string(),
    operation: z.string(),
    kind_shown: z.string(),
    durationNs: z.number(),
    failed: z.union([z.boolean(), z.number()]).transform(Boolean),
    statusMessage: z.string(),
  }),
})
type Row = Awaited<ReturnType<typeof readRows>>[number]

const Spread = Filter.extend({
  fromMs: z.int(),
  toMs: z.int(),
  bucketMin: z.int(),
  bucketMax: z.int(),
})
const readTimes = defineQuery({
  sql: new URL('trace-times.sql', import.meta.url),
  params: Spread.extend({ stepMs: z.int() }),
  row: z.object({ step: z.int(), spans: z.number() }),
})
const readBuckets = defineQuery({
  sql: new URL('trace-buckets.sql', import.meta.url),
  params: Spread,
  row: z.object({ bucket: z.int(), fromMs: z.number(), toMs: z.number(), spans: z.number() }),
})
const readLargest = defineQuery({
  sql: new URL('largest-operations.sql', import.meta.url),
  params: Filter.pick({ service: true, environment: true, version: true }).extend({
    fromMs: z.int(),
    toMs: z.int(),
  }),
  row: z.object({ operation: z.string() }),
})

/** The rest of a service's operations, as one. */
export const OTHER = '(other)'
const OPERATIONS_MAX = 300
const MINUTE_MS = 60_000
const STEPS_MAX = 1500

/**
 * A page of entry spans. The roll-up says when, or how long, what is asked for was: so the span table
 * is read there alone, and on its key where a service is named.
 */
export async function readTraceList(
  client: ClickHouseClient,
  filter: TraceFilter,
  {
    sort,
    limit,
    after,
  }: { sort: TracesSearch['sort']; limit: number; after?: TracePlace | undefined },
  signal: AbortSignal,
): Promise<{ rows: TraceRow[]; next: TracePlace | undefined }> {
  const named = await nameOperations(client, filter, signal)
  if (named === undefined) return { rows: [], next: undefined }

  const parts =
    sort === 'failed' && filter.status === undefined
      ? (['failed', 'ok'] as const)
      : ([filter.status ?? 'all'] as const)
  const found: { part: TracePlace['part']; row: Row }[] = []
  const first = Math.max(
    0,
    parts.findIndex((part) => part === after?.part),
  )
  for (const part of parts.slice(first)) {
    const wanted = { ...named, status: part === 'all' ? '' : part }
    const missing = limit + 1 - found.length
    const place = part === after?.part ? after : undefined
    const read = sort === 'slowest' ? readSlowest : readNewest
    const rows = await read(client, filter, wanted, { limit: missing, after: place }, signal)
    found.push(...rows.map((row) => ({ part, row })))
    if (found.length > limit) break
  }
  const last = found.length > limit ? found[limit - 1] : undefined
  return {
    rows: found.slice(0, limit).map(({ row }) => traceRow(row)),
    next: last && {
      part: last.part,
      startNs: last.row.startNs,
      durationNs: last.row.durationNs,
      spanId: last.row.spanId,
    },
  }
}

/** Undefined where nothing can match: a service of few operations has no others. */
async function nameOperations(
  client: ClickHouseClient,
  { service = '', environment, version = '', operation, fromMs, toMs }: TraceFilter,
  signal: AbortSignal,
): Promise<Filter | undefined> {
  const named = { service, environment, version, otherThan: operation === OTHER, status: '' }
  if (operation !== OTHER) {
    return { ...named, operations: operation === undefined ? [] : [operation] }
  }
  const place = { service, environment, version, fromMs, toMs }
  const largest = await readLargest(client, place, signal)
  if (largest.length < OPERATIONS_MAX) return undefined
  return { ...named, operations: largest.map((row) => row.operation) }
}

type Page = { limit: number; after: TracePlace | undefined }

async function readNewest(
  client: ClickHouseClient,
  filter: TraceFilter,
  named: Filter,
  { limit, after }: Page,
  signal: AbortSignal,
): Promise<Row[]> {
  const toMs =
    after === undefined
      ? filter.toMs
      : Math.min(filter.toMs, Number(BigInt(after.startNs) / 1_000_000n) + 1)
  const found: Row[] = []
  const read = async (window: Window) => {
    const page = { longestFirst: false, ...afterOf(after), limit: limit - found.length }
    found.push(
      ...(await readRows(client, { ...named, ...boundsOf(filter, window), ...page }, signal)),
    )
  }
  let endMs = toMs
  for (let looks = 0; endMs > filter.fromMs && found.length < limit; looks++) {
    const wide = widening({ fromMs: filter.fromMs, toMs: endMs }, looks)
    endMs = wide.fromMs
    if (named.service === '') await read(wide)
    else {
      const steps = await readSteps(client, { ...filter, ...wide }, named, signal)
      let rest: Window | undefined = wide
      while (rest !== undefined && found.length < limit) {
        const window = firstWindow(rest, steps, limit - found.length)
        if (window !== undefined) await read(window)
        rest = window && { fromMs: wide.fromMs, toMs: window.fromMs }
      }
    }
  }
  return found
}

async function readSteps(
  client: ClickHouseClient,
  filter: TraceFilter,
  named: Filter,
  signal: AbortSignal,
) {
  const fromMs = Math.floor(filter.fromMs / MINUTE_MS) * MINUTE_MS
  const stepMs = Math.ceil((filter.toMs - fromMs) / STEPS_MAX / MINUTE_MS) * MINUTE_MS
  const rows = await readTimes(client, { ...spreadOf(filter, named), fromMs, stepMs }, signal)
  return rows.map(({ step, spans }) => ({
    fromMs: fromMs + step * stepMs,
    toMs: fromMs + (step + 1) * stepMs,
    spans,
  }))
}

async function readSlowest(
  client: ClickHouseClient,
  filter: TraceFilter,
  named: Filter,
  { limit, after }: Page,
  signal: AbortSignal,
): Promise<Row[]> {
  const spread = spreadOf(filter, named)
  const bucketMax = after === undefined ? spread.bucketMax : bucketOf(after.durationNs) + 1
  const buckets = await readBuckets(client, { ...spread, bucketMax }, signal)
  const found: Row[] = []
  let longestNs = after?.durationNs
  for (let from = 0; from < buckets.length;) {
    const missing = limit - found.length
    // What lies before the place in its own bucket was shown already: the bucket counts for nothing.
    let until = from
    for (let spans = 0; until < buckets.length && spans < missing; until++) {
      if (after === undefined || from > 0 || until > 1) spans += buckets[until]!.spans
    }
    const own = buckets.slice(from, until)
    const window = {
      fromMs: Math.max(filter.fromMs, Math.min(...own.map(({ fromMs }) => fromMs))),
      toMs: Math.min(filter.toMs, Math.max(...own.map(({ toMs }) => toMs))),
    }
    const belowNs = lowerEndNs(own.at(-1)!.bucket)
    const bounds = boundsOf(filter, window)
    const rows = await readRows(
      client,
      {
        ...named,
        ...bounds,
        durationMinNs: String(Math.max(Number(bounds.durationMinNs), belowNs + 1)),
        durationMaxNs:
          longestNs === undefined
            ? bounds.durationMaxNs
            : String(Math.min(Number(bounds.durationMaxNs), longestNs)),
        longestFirst: true,
        ...afterOf(after),
        limit: missing,
      },
      signal,
    )
    found.push(...rows)
    if (found.length >= limit) break
    longestNs = belowNs
    from = until
  }
  return found
}

/** The longest whole duration below a bucket, which holds (2^(bucket/8), 2^((bucket+1)/8)]; zeros have their own. */
const lowerEndNs = (bucket: number) => (bucket === -1000 ? -1 : Math.floor(2 ** (bucket / 8)))
const bucketOf = (durationNs: number) =>
  durationNs === 0 ? -1000 : Math.ceil(Math.log2(durationNs) * 8) - 1

function spreadOf(filter: TraceFilter, named: Filter) {
  const { fromMs, toMs, durationMinNs = 0, durationMaxNs } = filter
  return {
    ...named,
    fromMs: Math.floor(fromMs / MINUTE_MS) * MINUTE_MS,
    toMs,
    bucketMin: durationMinNs === 0 ? -1000 : bucketOf(durationMinNs) - 1,
    bucketMax: durationMaxNs === undefined ? 1000 : bucketOf(durationMaxNs) + 1,
  }
}

const UINT64_MAX = String(2n ** 64n - 1n)
const nanoseconds = (timeMs: number) => `${Math.floor(timeMs)}000000`

const boundsOf = ({ durationMinNs = 0, durationMaxNs }: TraceFilter, window: Window) => ({
  fromNs: nanoseconds(window.fromMs),
  toNs: nanoseconds(window.toMs),
  durationMinNs: String(durationMinNs),
  durationMaxNs: durationMaxNs === undefined ? UINT64_MAX : String(durationMaxNs),
})

const afterOf = (after: TracePlace | undefined) => ({
  after: after !== undefined,
  afterNs: after?.startNs ?? '0',
  afterDurationNs: after?.durationNs ?? 0,
  afterSpanId: after?.spanId ?? '',
})

function traceRow({ startNs, kind_shown: kind, ...row }: Row): TraceRow {
  return { ...row, kind, at: rfc3339(BigInt(startNs)) }
}

/** RFC 3339 in UTC, to the nanosecond. */
export function rfc3339(timeNs: bigint): string {
  const seconds = new Date(Number(timeNs / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(timeNs % 1_000_000_000n).padStart(9, '0')}Z`
}
