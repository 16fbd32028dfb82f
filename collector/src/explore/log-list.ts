import { readFileSync } from 'node:fs'
import type { LogLevel, LogRow } from '@aftermath/schemas/api/logs'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { withRelease } from './release-columns.ts'
import { rfc3339 } from './trace-list.ts'
import { widening } from './windows.ts'

export interface LogFilter {
  service?: string | undefined
  /** Undefined: of any. */
  environment?: string | undefined
  version?: string | undefined
  severity?: LogLevel | undefined
  q?: string | undefined
  match: 'words' | 'part'
  traceId?: string | undefined
}

/** A page ends at a record of this time and id; `skip` of them were shown. */
export const LogPlace = z.object({
  ns: z.string().regex(/^\d{1,19}$/),
  id: z.string().regex(/^\d{1,20}$/),
  skip: z.int().nonnegative().max(10_000),
})
export type LogPlace = z.output<typeof LogPlace>

const Attributes = z.record(z.string(), z.string())
const readRows = defineQuery({
  sql: () => withRelease(readFileSync(new URL('log-list.sql', import.meta.url), 'utf8')),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    version: z.string(),
    severityMin: z.int(),
    words: z.array(z.string()),
    part: z.string(),
    traceId: z.string(),
    fromNs: z.string(),
    toNs: z.string(),
    after: z.boolean(),
    afterNs: z.string(),
    afterId: z.string(),
    skip: z.int(),
    limit: z.int(),
  }),
  row: z.object({
    ns: z.string(),
    id: z.string(),
    SeverityText: z.string(),
    SeverityNumber: z.number(),
    service: z.string(),
    environment_shown: z.string(),
    version_shown: z.string(),
    body_shown: z.string(),
    EventName: z.string(),
    TraceId: z.string(),
    SpanId: z.string(),
    LogAttributes: Attributes,
    ResourceAttributes: Attributes,
  }),
})
type Row = Awaited<ReturnType<typeof readRows>>[number]

const LEVELS: Record<LogLevel, number> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
}

/** Words as the index on lower(Body) has them: runs of ASCII letters and digits, and all beyond ASCII. */
export function wordsOf(text: string): string[] {
  // ASCII alone, as ClickHouse's lower().
  const lower = text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
  return [...new Set(lower.match(/[a-z0-9\u0080-\u{10ffff}]+/gu) ?? [])]
}

/** A page of log records, newest first. Looks back further and further until it is full. */
export async function readLogList(
  client: ClickHouseClient,
  filter: LogFilter & { fromMs: number; toMs: number },
  { limit, after }: { limit: number; after?: LogPlace | undefined },
  signal: AbortSignal,
): Promise<{ rows: LogRow[]; next: LogPlace | undefined }> {
  const params = paramsOf(filter)
  if (params === undefined) return { rows: [], next: undefined }
  const found: Row[] = []
  let endNs = BigInt(Math.floor(filter.toMs)) * 1_000_000n
  if (after !== undefined && BigInt(after.ns) < endNs) endNs = BigInt(after.ns) + 1n
  for (let looks = 0; found.length <= limit; looks++) {
    const endMs = Number(endNs / 1_000_000n)
    const { fromMs } = widening({ fromMs: filter.fromMs, toMs: endMs }, looks)
    const rows = await readRows(
      client,
      {
        ...params,
        fromNs: `${Math.floor(fromMs)}000000`,
        toNs: String(endNs),
        after: after !== undefined,
        afterNs: after?.ns ?? '0',
        afterId: after?.id ?? '0',
        // The records shown already lie in the first look, which begins at the place itself.
        skip: looks === 0 ? (after?.skip ?? 0) : 0,
        limit: limit + 1 - found.length,
      },
      signal,
    )
    found.push(...rows)
    if (fromMs <= filter.fromMs) break
    endNs = BigInt(Math.floor(fromMs)) * 1_000_000n
  }
  const page = found.slice(0, limit)
  return {
    rows: page.map(logRow),
    next: found.length > limit ? placeAfter(page, after) : undefined,
  }
}

/** Records of a trace, oldest first: as long as it took, and a while around. */
export async function readTraceLogs(
  client: ClickHouseClient,
  { traceId, fromNs, toNs }: { traceId: string; fromNs: string; toNs: string },
  limit: number,
  signal: AbortSignal,
): Promise<LogRow[]> {
  const rows = await readRows(
    client,
    {
      ...paramsOf({ match: 'words', traceId })!, // only a text may lead nowhere
      fromNs: String(BigInt(fromNs) - AROUND_NS),
      toNs: String(BigInt(toNs) + AROUND_NS),
      ...FROM_THE_END,
      limit,
    },
    signal,
  )
  return rows.toReversed().map(logRow)
}
const AROUND_NS = 15n * 60n * 1_000_000_000n
const FROM_THE_END = { after: false, afterNs: '0', afterId: '0', skip: 0 }

/** The newest records of a time, for who follows them. */
export async function readLatestLogs(
  client: ClickHouseClient,
  filter: LogFilter & { fromMs: number; toMs: number },
  limit: number,
  signal: AbortSignal,
): Promise<LogRow[]> {
  const params = paramsOf(filter)
  if (params === undefined) return []
  const nanoseconds = (timeMs: number) => `${Math.floor(timeMs)}000000`
  const bounds = { fromNs: nanoseconds(filter.fromMs), toNs: nanoseconds(filter.toMs) }
  const rows = await readRows(client, { ...params, ...bounds, ...FROM_THE_END, limit }, signal)
  return rows.map(logRow)
}

/** Undefined where the text holds no word to look for. */
function paramsOf({ service, environment, version, severity, q, match, traceId }: LogFilter) {
  const words = q === undefined || match === 'part' ? [] : wordsOf(q)
  if (q !== undefined && match === 'words' && words.length === 0) return undefined
  return {
    service: service ?? '',
    environment: environment ?? '',
    version: version ?? '',
    severityMin: severity === undefined ? 0 : LEVELS[severity],
    words,
    part: match === 'part' ? (q ?? '') : '',
    traceId: traceId ?? '',
  }
}

function placeAfter(page: readonly Row[], after: LogPlace | undefined): LogPlace {
  const { ns, id } = page.at(-1)! // a page that has a next one is not empty
  const alike = page.filter((row) => row.ns === ns && row.id === id).length
  const before = after?.ns === ns && after.id === id ? after.skip : 0
  return { ns, id, skip: before + alike }
}

function logRow(row: Row): LogRow {
  return {
    at: rfc3339(BigInt(row.ns)),
    id: row.id,
    severity: row.SeverityText,
    severityNumber: row.SeverityNumber,
    service: row.service,
    version: row.version_shown,
    environment: row.environment_shown,
    body: row.body_shown,
    eventName: row.EventName,
    traceId: row.TraceId,
    spanId: row.SpanId,
    attributes: row.LogAttributes,
    resource: row.ResourceAttributes,
  }
}
