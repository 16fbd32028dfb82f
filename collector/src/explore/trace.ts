import type { SpanDetail, Trace } from '@aftermath/schemas/api/traces'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { environmentOf, operationOf, versionOf } from '../relate/relate.ts'
import { withSpanFacts } from './span-facts.ts'
import { rfc3339 } from './trace-list.ts'

/** A page of this many bars stays smooth; longer traces say that they are cut. */
const SPANS_MAX = 20_000

const readRange = defineQuery({
  sql: new URL('trace-span-range.sql', import.meta.url),
  params: z.object({ traceId: z.string() }),
  row: z.object({ fromSeconds: z.number(), toSeconds: z.number() }),
})

const Bounded = z.object({ traceId: z.string(), fromNs: z.string(), toNs: z.string() })

const readSpans = defineQuery({
  sql: () => withSpanFacts(new URL('trace-spans.sql', import.meta.url)),
  params: Bounded.extend({ limit: z.int() }),
  row: z.object({
    spanId: z.string(),
    parentSpanId: z.string(),
    startNs: z.string(),
    durationNs: z.number(),
    service: z.string(),
    failed: z.union([z.boolean(), z.number()]).transform(Boolean),
    name: z.string(),
    kind_shown: z.string(),
    events: z.number(),
    links: z.number(),
  }),
})

/** Between which nanoseconds a trace's spans began; undefined for a trace nobody sent. */
export async function readTraceRange(
  client: ClickHouseClient,
  traceId: string,
  signal: AbortSignal,
): Promise<{ traceId: string; fromNs: string; toNs: string } | undefined> {
  const [range] = await readRange(client, { traceId }, signal)
  if (range === undefined) return undefined
  const nanoseconds = (seconds: number) => `${seconds}000000000`
  return { traceId, fromNs: nanoseconds(range.fromSeconds), toNs: nanoseconds(range.toSeconds) }
}

/** All spans of a trace, by start; undefined for a trace nobody sent. */
export async function readTrace(
  client: ClickHouseClient,
  traceId: string,
  signal: AbortSignal,
): Promise<Trace | undefined> {
  const range = await readTraceRange(client, traceId, signal)
  if (range === undefined) return undefined
  const rows = await readSpans(client, { ...range, limit: SPANS_MAX + 1 }, signal)
  const [first] = rows
  if (first === undefined) return undefined
  const startNs = BigInt(first.startNs)
  const spans = rows.slice(0, SPANS_MAX).map(({ startNs: own, kind_shown: kind, ...row }) => ({
    ...row,
    kind,
    offsetNs: Number(BigInt(own) - startNs),
  }))
  return {
    traceId,
    start: rfc3339(startNs),
    durationNs: spans.reduce((end, span) => Math.max(end, span.offsetNs + span.durationNs), 0),
    services: [...new Set(spans.map(({ service }) => service))],
    truncated: rows.length > SPANS_MAX,
    spans,
  }
}

const Attributes = z.record(z.string(), z.string())
const readDetail = defineQuery({
  sql: new URL('span-detail.sql', import.meta.url),
  params: Bounded.extend({ spanId: z.string() }),
  row: z.object({
    traceId: z.string(),
    spanId: z.string(),
    parentSpanId: z.string(),
    traceState: z.string(),
    SpanName: z.string(),
    SpanKind: z.string(),
    service: z.string(),
    startNs: z.string(),
    durationNs: z.number(),
    StatusCode: z.string(),
    statusMessage: z.string(),
    scopeName: z.string(),
    scopeVersion: z.string(),
    SpanAttributes: Attributes,
    ResourceAttributes: Attributes,
    eventNs: z.array(z.string()),
    eventNames: z.array(z.string()),
    eventAttributes: z.array(Attributes),
    linkTraceIds: z.array(z.string()),
    linkSpanIds: z.array(z.string()),
    linkAttributes: z.array(Attributes),
  }),
})

/** Spans of one id: one, unless a sender repeated it. */
export async function readSpanDetails(
  client: ClickHouseClient,
  { traceId, spanId }: { traceId: string; spanId: string },
  signal: AbortSignal,
): Promise<SpanDetail[]> {
  const range = await readTraceRange(client, traceId, signal)
  if (range === undefined) return []
  const rows = await readDetail(client, { ...range, spanId }, signal)
  return rows.map((row) => {
    const item = { attributes: row.SpanAttributes, resource: row.ResourceAttributes }
    const { spanId: id, parentSpanId, traceState, service, durationNs, statusMessage } = row
    return {
      traceId,
      spanId: id,
      parentSpanId,
      traceState,
      name: row.SpanName,
      kind: row.SpanKind,
      service,
      version: versionOf(item),
      environment: environmentOf(item),
      operation: operationOf({
        ...row,
        ParentSpanId: parentSpanId,
        TraceState: traceState,
        'Events.Name': row.eventNames,
        'Events.Attributes': row.eventAttributes,
      }),
      start: rfc3339(BigInt(row.startNs)),
      durationNs,
      status: row.StatusCode,
      statusMessage,
      scope: { name: row.scopeName, version: row.scopeVersion },
      attributes: row.SpanAttributes,
      resource: row.ResourceAttributes,
      events: row.eventNames.map((name, at) => ({
        name,
        offsetNs: Number(BigInt(row.eventNs[at] ?? row.startNs) - BigInt(row.startNs)),
        attributes: row.eventAttributes[at] ?? {},
      })),
      links: row.linkTraceIds.map((linked, at) => ({
        traceId: linked,
        spanId: row.linkSpanIds[at] ?? '',
        attributes: row.linkAttributes[at] ?? {},
      })),
    }
  })
}
