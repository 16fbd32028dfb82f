import {
  rankSuspects,
  splitOf,
  SUSPECT_WINDOW_MS,
  type SuspectFacts,
} from '@aftermath/analysis/shifts/suspects'
import type { ShiftSignal, Suspect } from '@aftermath/schemas/api/incidents'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import type { ReleaseLine } from '../releases/read-releases.ts'
import { readChanges } from './change-events.ts'
import { readFlagSplit } from './flag-split.ts'
import { POINT_MINUTES } from './health-points.ts'
import { pointValue, readVersionPoints } from './version-points.ts'

const MINUTE_MS = 60_000
/** Calls that are looked at to tell who is called by whom, and over how long. */
const CALLS_MAX = 5000
const CALLS_WINDOW_MS = 10 * MINUTE_MS
/** What is read of the versions on both sides of a shift. */
const AROUND_MINUTES = { before: 60, after: 30 }
const CHANGES_MAX = 200

export type FoundShift = {
  service: string
  environment: string
  signal: ShiftSignal
  /** '' is the whole service. */
  operation: string
  atMs: number
  before: number
  after: number
}

type Candidate = SuspectFacts & { service: string | null; name: string }

/** Recorded changes that may explain a shift, the most suspect first. */
export async function suspectsOf(
  client: ClickHouseClient,
  shift: FoundShift,
  lines: readonly ReleaseLine[],
  signal: AbortSignal,
): Promise<Suspect[]> {
  const window = {
    fromMs: shift.atMs - SUSPECT_WINDOW_MS.before,
    toMs: shift.atMs + SUSPECT_WINDOW_MS.after + 1,
  }
  const { environment } = shift
  const changes = await readChanges(
    client,
    { service: '', environment, ...window, limit: CHANGES_MAX },
    signal,
  )
  const arrivals = lines
    .filter((line) => line.environment === environment)
    .flatMap((line) => arrivalsOf(line, window))
  const others = new Set<string>()
  for (const { service } of [...arrivals, ...changes]) {
    if (service !== undefined && service !== shift.service) others.add(service)
  }
  const paths = await readPaths(client, shift, [...others], signal)
  const pathOf = (service: string | undefined): SuspectFacts['path'] | undefined => {
    if (service === undefined) return 'elsewhere'
    return service === shift.service ? 'same_service' : paths.get(service)
  }

  const candidates: Candidate[] = []
  for (const { service, version, previous, atMs } of arrivals) {
    const path = pathOf(service)
    if (path === undefined) continue
    const split =
      service === shift.service && previous !== undefined
        ? await readSplit(client, shift, { version, previous }, signal)
        : 'unknown'
    candidates.push({
      ...{ kind: 'release', service, name: version, changedMs: atMs, split, path },
      // No recorded release names its files yet.
      code: 'none',
    })
  }
  for (const { kind, service, name, changedAt } of changes) {
    const path = pathOf(service)
    if (path === undefined) continue
    const changedMs = Date.parse(changedAt)
    const isTested = kind === 'flag' && path !== 'direct_callee' && path !== 'deeper_callee'
    const split =
      isTested && shift.signal === 'error_rate'
        ? await readFlagSplit(client, shift, { flag: name, changedMs }, signal)
        : 'unknown'
    const facts = { kind, service: service ?? null, name, changedMs, path }
    candidates.push({ ...facts, split, code: 'none' })
  }
  return rankSuspects(shift.atMs, candidates).map(({ facts, score }) => ({
    kind: facts.kind,
    service: facts.service,
    name: facts.name,
    changedAt: new Date(facts.changedMs).toISOString(),
    score: Math.round(score * 1000) / 1000,
    minutesBefore: Math.round((shift.atMs - facts.changedMs) / MINUTE_MS),
    split: facts.split,
    path: facts.path,
  }))
}

type Arrival = { service: string; version: string; previous: string | undefined; atMs: number }

/** Releases that arrived in the window. The oldest one known did not begin with us. */
function arrivalsOf(
  { service, releases }: ReleaseLine,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Arrival[] {
  const ordered = releases.filter(({ implausible }) => implausible === undefined)
  const timesOf = (release: OrderedRelease, place: number) =>
    release.deployedMs.length > 0 || place === 0 ? release.deployedMs : [release.firstSeenMs]
  return ordered.flatMap((release, place) =>
    timesOf(release, place)
      .filter((atMs) => atMs >= fromMs && atMs < toMs)
      .map((atMs) => ({
        service,
        version: release.version,
        previous: ordered[place - 1]?.version,
        atMs,
      })),
  )
}

const readCallees = defineQuery({
  sql: new URL('callees.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    candidates: z.array(z.string()),
    fromNs: z.string(),
    untilNs: z.string(),
    callsMax: z.int(),
  }),
  row: z.object({ callee: z.string(), direct: z.number() }),
})

/** Which of the services are called on behalf of the one that shifted, as its traces show. */
async function readPaths(
  client: ClickHouseClient,
  { service, atMs }: FoundShift,
  candidates: string[],
  signal: AbortSignal,
): Promise<Map<string, SuspectFacts['path']>> {
  if (candidates.length === 0) return new Map()
  const nanoseconds = (ms: number) => String(BigInt(ms) * 1_000_000n)
  const rows = await readCallees(
    client,
    {
      service,
      candidates,
      fromNs: nanoseconds(atMs - CALLS_WINDOW_MS),
      untilNs: nanoseconds(atMs + CALLS_WINDOW_MS),
      callsMax: CALLS_MAX,
    },
    signal,
  )
  return new Map(
    rows.map(({ callee, direct }) => [callee, direct === 0 ? 'deeper_callee' : 'direct_callee']),
  )
}

/** Whether the version beside the new one moved too. */
async function readSplit(
  client: ClickHouseClient,
  { service, environment, operation, signal: measure, atMs, before, after }: FoundShift,
  { version, previous }: { version: string; previous: string },
  signal: AbortSignal,
): Promise<SuspectFacts['split']> {
  const atMinute = Math.floor(atMs / MINUTE_MS)
  const fromMinute = atMinute - AROUND_MINUTES.before
  const rows = await readVersionPoints(
    client,
    {
      ...{ service, environment, operation, fromMinute },
      untilMinute: atMinute + AROUND_MINUTES.after,
    },
    signal,
  )
  const shiftStep = AROUND_MINUTES.before / POINT_MINUTES
  const pointsOf = (of: string, isAfter: boolean) =>
    rows
      .filter((row) => row.version === of && row.step >= shiftStep === isAfter)
      .map((row) => pointValue(row, measure))
      .filter((value) => value !== null)
  return splitOf({
    oldBefore: pointsOf(previous, false),
    oldAfter: pointsOf(previous, true),
    newAfter: pointsOf(version, true),
    change: after - before,
  })
}
