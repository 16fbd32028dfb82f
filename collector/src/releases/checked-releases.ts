import type { ClickHouseClient } from '@clickhouse/client'
import { hotFixesOf, type CheckedRelease } from '@aftermath/analysis/verdict/calibration'
import { VerdictState } from '@aftermath/schemas/verdict'
import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'
import { readDecisions, type StoredDecision } from './decisions.ts'
import { readReleaseLines } from './read-releases.ts'
import type { OrderedRelease } from './release-order.ts'

const Place = z.object({ service: z.string(), environment: z.string() })
const name = { service: z.string(), environment: z.string(), version: z.string() }

const readToldVerdicts = defineQuery({
  sql: new URL('told-verdicts.sql', import.meta.url),
  params: Place,
  row: z.object({
    ...name,
    verdict: VerdictState,
    firstJudgedMs: z.number(),
    firstInputsUntilMs: z.number(),
  }),
})

const readRollBacks = defineQuery({
  sql: new URL('roll-backs.sql', import.meta.url),
  params: Place,
  row: z.object({ ...name, atMs: z.number() }),
})

type Named = { service: string; environment: string; version: string }

/** Names a release, for maps. */
export const nameOf = ({ service, environment, version }: Named): string =>
  JSON.stringify([service, environment, version])

export interface Ledger {
  /** Oldest first, those that were taken back included. */
  decisions: StoredDecision[]
  /** What was said and done about each release that was seen, by {@link nameOf}. */
  releases: Map<string, CheckedRelease>
}

/** Decisions, and what became of the releases that they are about. */
export async function readLedger(
  client: ClickHouseClient,
  search: { service?: string | undefined; environment?: string | undefined },
  signal: AbortSignal,
): Promise<Ledger> {
  const place = { service: search.service ?? '', environment: search.environment ?? '' }
  const [lines, decisions, told, rollBacks] = await Promise.all([
    readReleaseLines(client, search, signal),
    readDecisions(client, place, signal),
    readToldVerdicts(client, place, signal),
    readRollBacks(client, place, signal),
  ])
  const toldOf = Map.groupBy(told, nameOf)
  const rollBacksOf = Map.groupBy(rollBacks, nameOf)
  const decisionsOf = Map.groupBy(
    decisions.filter(({ undoneMs }) => undoneMs === null),
    nameOf,
  )
  const releases = new Map<string, CheckedRelease>()
  for (const line of lines) {
    const inOrder = line.releases.filter(({ implausible }) => implausible === undefined)
    for (const release of line.releases) {
      const key = nameOf(release)
      releases.set(key, {
        version: release.version,
        firstSeenMs: release.firstSeenMs,
        told: toldOf.get(key) ?? [],
        decisions: (decisionsOf.get(key) ?? []).map(({ action, decidedMs }) => ({
          action,
          atMs: decidedMs,
        })),
        rolledBackMs: [
          ...(rollBacksOf.get(key) ?? []).map(({ atMs }) => atMs),
          ...returnsFrom(release, inOrder),
        ],
        hotFixedMs: hotFixesOf(release, inOrder),
      })
    }
  }
  return { decisions, releases }
}

/** Deployments of older releases while this was the newest: what a roll back looks like. */
function returnsFrom(release: OrderedRelease, releases: readonly OrderedRelease[]): number[] {
  const place = releases.indexOf(release)
  if (place === -1) return []
  const untilMs = releases[place + 1]?.firstDeployedMs ?? Infinity
  return releases
    .slice(0, place)
    .flatMap(({ deployedMs }) => deployedMs)
    .filter((atMs) => atMs > release.firstDeployedMs && atMs < untilMs)
}
