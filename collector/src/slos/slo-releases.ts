import { burnRate } from '@aftermath/analysis/methods/burn-rate'
import { excessBad } from '@aftermath/analysis/slo/burn-rules'
import type { SloRelease } from '@aftermath/schemas/api/slos'
import type { BaselineSummary } from '@aftermath/schemas/verdict'
import type { ClickHouseClient } from '@clickhouse/client'
import type { ReleaseLine } from '../releases/read-releases.ts'
import { readSloVersions } from './slo-counts.ts'
import type { StoredSlo } from './stored-slos.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
/** The ones with most bad requests are looked at; the rest cannot have spent more. */
const RELEASES_MAX = 12

type Window = { fromMinute: number; untilMinute: number }
type VersionCount = { version: string; requests: number; bad_requests: number }

/**
 * What each release that served in the period spent of the budget: its bad requests beyond what its
 * baseline's rate would have given. The baseline is the one it was judged against, else the release
 * deployed before it, over the day before.
 */
export async function readSloReleases(
  client: ClickHouseClient,
  slo: StoredSlo,
  {
    period,
    line,
    baselines,
  }: {
    period: Window
    line: ReleaseLine | undefined
    baselines: ReadonlyMap<string, BaselineSummary>
  },
  signal: AbortSignal,
): Promise<SloRelease[]> {
  const { id, revision, target } = slo
  const read = (window: Window) => readSloVersions(client, { id, revision, ...window }, signal)
  const versions = await read(period)
  const total = versions.reduce((sum, { requests }) => sum + requests, 0)
  const largest = versions
    .toSorted((a, b) => b.bad_requests - a.bad_requests || b.requests - a.requests)
    .slice(0, RELEASES_MAX)
  const releases: SloRelease[] = []
  for (const { version, requests, bad_requests: bad } of largest) {
    const place = line?.releases.find((one) => one.version === version)
    const baseline = await baselineRate(version, baselines.get(version), line, read)
    const excess =
      baseline === null ? null : excessBad({ bad, total: requests, baselineRate: baseline.rate })
    releases.push({
      version,
      bad,
      total: requests,
      deployedAt: place === undefined ? null : new Date(place.firstDeployedMs).toISOString(),
      baseline,
      excess,
      spent: excess === null ? null : excess / ((1 - target) * total),
      burn: burnRate({ bad, total: requests, target }),
    })
  }
  return releases.toSorted((a, b) => (b.excess ?? 0) - (a.excess ?? 0) || b.bad - a.bad)
}

/** The rate the release is measured against, of minutes that are counted. */
async function baselineRate(
  version: string,
  judged: BaselineSummary | undefined,
  line: ReleaseLine | undefined,
  read: (window: Window) => Promise<VersionCount[]>,
): Promise<SloRelease['baseline']> {
  if (judged?.version != null && judged.from !== null && judged.to !== null) {
    const window = { fromMinute: minuteOf(judged.from), untilMinute: minuteOf(judged.to) }
    const rate = rateOf(await read(window), judged.version)
    if (rate !== undefined) return { version: judged.version, rate }
  }
  const ordered = line?.releases.filter(({ implausible }) => implausible === undefined) ?? []
  const place = ordered.findIndex((one) => one.version === version)
  const previous = place > 0 ? ordered[place - 1]! : undefined
  if (previous === undefined) return null
  const deployed = Math.floor(ordered[place]!.firstDeployedMs / MINUTE_MS)
  const window = { fromMinute: deployed - DAY_MINUTES, untilMinute: deployed }
  const rate = rateOf(await read(window), previous.version)
  return rate === undefined ? null : { version: previous.version, rate }
}

function rateOf(rows: readonly VersionCount[], version: string): number | undefined {
  const row = rows.find((one) => one.version === version)
  return row === undefined ? undefined : row.bad_requests / row.requests
}

function minuteOf(time: string): number {
  return Math.floor(Date.parse(time) / MINUTE_MS)
}
