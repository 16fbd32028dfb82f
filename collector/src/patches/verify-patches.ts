import { patchState, verifyPatch, type PatchCounts } from '@aftermath/analysis/patches/verify-patch'
import type { PatchClaim, PatchVerification } from '@aftermath/schemas/api/patches'
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import type { OrderedRelease } from '../releases/release-order.ts'

const MINUTE_MS = 60_000
/** An issue's rate is that of the two weeks before the fix. */
const BEFORE_MINUTES = 14 * 24 * 60
const LATELY_MINUTES = 60

const readClaims = defineQuery({
  sql: new URL('stored-patches.sql', import.meta.url),
  params: z.object({ service: z.string(), fixedIn: z.string() }),
  row: z.object({
    id: z.string(),
    last_service: z.string(),
    last_title: z.string(),
    last_hashes: z.array(z.string()),
    last_fixed_in: z.string(),
  }),
})

const Wanted = z.object({
  service: z.string(),
  environment: z.string(),
  hashes: z.array(z.string()),
  fromMinute: z.int(),
  untilMinute: z.int(),
})

const readEvents = defineQuery({
  sql: new URL('patch-events.sql', import.meta.url),
  params: Wanted,
  row: z.object({
    version: z.string(),
    all_events: z.number(),
    unhandled_events: z.number(),
    firstMinute: z.number(),
  }),
})

const readExposure = defineQuery({
  sql: new URL('patch-exposure.sql', import.meta.url),
  params: Wanted.omit({ hashes: true }).extend({
    operations: z.array(z.string()),
    beforeMinute: z.int(),
    sinceMinute: z.int(),
  }),
  row: z.object({
    version: z.string(),
    requests: z.number(),
    requestsBefore: z.number(),
    requestsLately: z.number(),
  }),
})

const readClusters = defineQuery({
  sql: new URL('patch-clusters.sql', import.meta.url),
  params: Wanted,
  row: z.object({
    operations_seen: z.array(z.string()),
    all_events: z.number(),
    squares: z.number(),
  }),
})

/** Appends a claim: the newest of an id counts. */
export async function storeClaim(
  client: ClickHouseClient,
  id: string,
  { fixedIn, ...claim }: PatchClaim,
  nowMs: number,
): Promise<void> {
  await client.insert({
    table: 'patches',
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
    values: [
      {
        ...{ id, ...claim, revision: nowMs, deleted: false, fixed_in: fixedIn },
        changed_at: new Date(nowMs).toISOString(),
      },
    ],
  })
}

/** What a release claims to have fixed, and whether it did. */
export async function verifyPatches(
  client: ClickHouseClient,
  {
    release,
    releases,
    nowMs,
  }: { release: OrderedRelease; releases: readonly OrderedRelease[]; nowMs: number },
  signal: AbortSignal,
): Promise<PatchVerification[]> {
  const { service, version } = release
  const claims = await readClaims(client, { service, fixedIn: version }, signal)
  const verified: PatchVerification[] = []
  for (const row of claims) {
    const claim = { service, title: row.last_title, hashes: row.last_hashes, fixedIn: version }
    const counts = await readCounts(
      client,
      { release, releases, hashes: claim.hashes, nowMs },
      signal,
    )
    const known = { id: row.id, ...claim, before: counts.before, after: counts.after }
    if (counts.before.exposure === 0) {
      const unknown = { luck: null, expectedEvents: null, ratio: null, low: null, high: null }
      verified.push({ ...known, ...unknown, state: 'collecting', etaMinutes: null })
      continue
    }
    const { state, luck, expectedEvents, ratio, interval, etaMinutes } = verifyPatch(counts)
    verified.push({
      ...known,
      ...{ state, luck, expectedEvents, ratio, etaMinutes },
      low: interval?.low ?? null,
      high: interval?.high ?? null,
    })
  }
  return verified
}

type CountsInput = {
  release: OrderedRelease
  releases: readonly OrderedRelease[]
  hashes: string[]
  nowMs: number
}

/** Events and requests on releases before the fix, and on those from it on. */
async function readCounts(
  client: ClickHouseClient,
  { release, releases, hashes, nowMs }: CountsInput,
  signal: AbortSignal,
): Promise<PatchCounts> {
  const { service, environment } = release
  const fixedMinute = Math.floor(release.firstDeployedMs / MINUTE_MS)
  const untilMinute = Math.floor(nowMs / MINUTE_MS)
  const whole = { service, environment, fromMinute: fixedMinute - BEFORE_MINUTES, untilMinute }
  const [events, [clusters]] = await Promise.all([
    readEvents(client, { ...whole, hashes }, signal),
    readClusters(client, { ...whole, hashes, untilMinute: fixedMinute }, signal),
  ])
  // Older releases go on beside the fix; what happens there is theirs.
  const place = releases.indexOf(release)
  const withFix = new Set(releases.slice(place).map(({ version }) => version))
  const inFix = events.filter(({ version }) => withFix.has(version))
  const firstMinute = Math.min(untilMinute, ...inFix.map((row) => row.firstMinute))
  const exposure = await readExposure(
    client,
    {
      ...whole,
      operations: clusters?.operations_seen ?? [],
      beforeMinute: firstMinute,
      sinceMinute: untilMinute - LATELY_MINUTES,
    },
    signal,
  )
  const sum = <Row extends { version: string }>(
    rows: readonly Row[],
    isFixed: boolean,
    of: (row: Row) => number,
  ) =>
    rows
      .filter(({ version }) => withFix.has(version) === isFixed)
      .reduce((total, row) => total + of(row), 0)
  const before = {
    events: sum(events, false, (row) => row.all_events),
    exposure: sum(exposure, false, (row) => row.requests),
  }
  const counts = {
    before,
    after: {
      events: sum(events, true, (row) => row.all_events),
      unhandledEvents: sum(events, true, (row) => row.unhandled_events),
      exposure: sum(exposure, true, (row) => row.requests),
    },
    phi:
      clusters === undefined ? 1 : Math.max(1, clusters.squares / Math.max(1, clusters.all_events)),
    lifeMinutes: untilMinute - fixedMinute,
    exposurePerMinute: sum(exposure, true, (row) => row.requestsLately) / LATELY_MINUTES,
    wasVerified: false,
  }
  if (before.exposure === 0) return counts
  // Had the silence before the first event been proof already? Then this event is a regression.
  const silence = {
    ...counts,
    after: {
      events: 0,
      unhandledEvents: 0,
      exposure: sum(exposure, true, (row) => row.requestsBefore),
    },
    lifeMinutes: firstMinute - fixedMinute,
  }
  return { ...counts, wasVerified: inFix.length > 0 && patchState(silence) === 'verified' }
}
