import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import type { ClickHouseClient } from '@clickhouse/client'
import { readLastVerdicts, readReleaseLines } from '../releases/read-releases.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import { Problem } from './problem.ts'
import { readJudgement } from './stored-judgement.ts'

export type ReleaseKey = { service: string; environment: string; version: string }

export interface JudgedRelease {
  release: OrderedRelease
  /** Every release of the service in the environment, in order of deployment. */
  releases: readonly OrderedRelease[]
  /** Undefined before the first. */
  judgement: Judgement | undefined
}

/** A release with its last judgement. @throws Problem 404 for a release that was never seen there */
export async function readJudgedRelease(
  client: ClickHouseClient,
  key: ReleaseKey,
  signal: AbortSignal,
): Promise<JudgedRelease> {
  const [[line], verdicts] = await Promise.all([
    readReleaseLines(client, key, signal),
    readLastVerdicts(client, key, signal),
  ])
  const release = line?.releases.find(({ version }) => version === key.version)
  if (line === undefined || release === undefined) {
    throw new Problem(404, `${key.service} ${key.version} was not seen in ${key.environment} yet.`)
  }

  const stored = verdicts.find(({ version }) => version === key.version)
  return {
    release,
    releases: line.releases,
    judgement: stored === undefined ? undefined : readJudgement(stored.body),
  }
}

/** What of a baseline's life stands beside a release; undefined where it has none. */
export function baselineArm(judgement: Judgement | undefined) {
  const { version, from, to } = judgement?.baseline ?? { version: null, from: null, to: null }
  if (version === null || from === null || to === null) return undefined
  return { version, fromMs: Date.parse(from), toMs: Date.parse(to) }
}

/** All minutes of a release's life. */
export function lifeOf({ firstSeenMs, lastSeenMs }: OrderedRelease) {
  return { fromMs: firstSeenMs - MINUTE_MS, toMs: lastSeenMs + MINUTE_MS }
}
const MINUTE_MS = 60_000
