import { isTimePoint } from '@aftermath/schemas/time-point'
import * as z from 'zod/mini'
import { isTimeZone } from '../format/time.ts'

const Name = z.string().check(z.minLength(1), z.maxLength(200))
const TimePoint = z.string().check(z.refine(isTimePoint))

/** What every page of a project keeps in its address; a field left out has its default. */
export const SharedSearch = {
  from: z.optional(TimePoint),
  to: z.optional(TimePoint),
  env: z.optional(Name),
  service: z.optional(Name),
  tz: z.optional(z.string().check(z.refine(isTimeZone))),
  live: z.optional(z.enum(['0', '1'])),
}
export const OverviewSearch = { ...SharedSearch, q: z.optional(Name) }
export const ReleasesSearch = { ...SharedSearch, q: z.optional(Name) }
export const ReleaseSearch = {
  ...SharedSearch,
  tab: z.optional(z.enum(['operations', 'latency', 'decisions'])),
  /** Replay: what was known then. */
  at: z.optional(z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/))),
  baseline: z.optional(Name),
  /** The operation whose durations are shown. */
  operation: z.optional(z.string().check(z.minLength(1), z.maxLength(250))),
}
export const CompareSearch = {
  ...SharedSearch,
  base: z.optional(Name),
  target: z.optional(Name),
  align: z.optional(z.enum(['clock'])),
}
export const StartSearch = {
  ...SharedSearch,
  sdk: z.optional(
    z.enum(['node', 'python', 'java', 'go', 'dotnet', 'php', 'browser', 'collector']),
  ),
}
/** A duration as people write it: `250ms`, `1.5 s`. */
const DurationText = z.string().check(z.regex(/^\d{1,9}(\.\d{1,6})? ?(ns|us|µs|ms|s|m)$/))
export const TracesSearch = {
  ...SharedSearch,
  version: z.optional(Name),
  operation: z.optional(z.string().check(z.minLength(1), z.maxLength(250))),
  status: z.optional(z.enum(['failed', 'ok'])),
  min: z.optional(DurationText),
  max: z.optional(DurationText),
  sort: z.optional(z.enum(['slowest', 'failed'])),
}
export const TraceSearch = {
  ...SharedSearch,
  span: z.optional(z.string().check(z.regex(/^[0-9a-f]{16}$/))),
}
export const LogsSearch = {
  ...SharedSearch,
  version: z.optional(Name),
  severity: z.optional(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])),
  q: z.optional(Name),
  match: z.optional(z.enum(['part'])),
  trace: z.optional(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
  follow: z.optional(z.enum(['1'])),
}
export const MetricsSearch = {
  ...SharedSearch,
  q: z.optional(Name),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  kind: z.optional(z.enum(['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'])),
  by: z.optional(z.string().check(z.regex(/^(service|attr\..{1,200})$/s))),
  fn: z.optional(z.enum(['avg', 'min', 'max', 'sum', 'rate', 'p50', 'p95', 'p99'])),
  version: z.optional(Name),
}
export const LoginSearch = {
  /** The one-time code of the link that the start prints. */
  code: z.optional(Name),
  /** Where to go on: an address of this dashboard, never of another host. */
  next: z.optional(z.string().check(z.refine(isOwnAddress), z.maxLength(4000))),
}

export type SearchFields = Record<string, z.ZodMiniType>
export type SearchOf<F extends SearchFields> = { [K in keyof F]?: z.output<F[K]> }

/** Fields of a page that are kept when going to another page. */
export const keptFields = ['from', 'to', 'env', 'service', 'tz', 'live'] as const

/** Defaults: the range answers `-24h` to `now` when an address names none. */
export const defaultRange = { from: '-24h', to: 'now' }

/**
 * Reads an address field by field: a bad value costs its own field, not the page.
 *
 * @returns what is valid, and what was dropped, to be told
 */
export function readSearch<F extends SearchFields>(fields: F, raw: Record<string, unknown>) {
  const search: Record<string, unknown> = {}
  const dropped: { name: string; value: string }[] = []
  for (const [name, schema] of Object.entries(fields)) {
    if (raw[name] === undefined) continue
    const read = schema.safeParse(raw[name])
    if (read.success) search[name] = read.data
    else {
      // Said outright: the router lays what is read here over the raw address.
      search[name] = undefined
      dropped.push({ name, value: textOf(raw[name]) })
    }
  }
  return { search: search as SearchOf<F>, dropped } // field by field as its schema says
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** Own paths only. A browser reads `//host` and `/\host` as another host. */
export function isOwnAddress(address: string): boolean {
  return /^\/(?![/\\])/.test(address) && !/[\t\n\r]/.test(address)
}
