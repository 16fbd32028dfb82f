import type { VerdictState } from '@aftermath/schemas/verdict'
import type { Late } from './late.ts'

/** A version seen in telemetry. Times are Unix milliseconds. */
export interface Sighting extends Late {
  service: string
  environment: string
  version: string
  firstSeenMs: number
  lastSeenMs: number
}

export interface DeploymentFact {
  service: string
  environment: string
  version: string
  status: string
  startedMs: number
  irreversibleMigration: boolean
}

/** A release of a service in an environment, in its place among the others. */
export interface OrderedRelease extends Sighting {
  /** First deployment: the earlier of the registered one and the first telemetry. */
  firstDeployedMs: number
  deployedMs: number[]
  irreversibleMigration: boolean
  /** Why it is kept out of the order. */
  implausible: string | undefined
}

/** Deployments that brought nothing into the environment. */
const NOT_ARRIVED = new Set(['failed', 'cancelled'])

/**
 * Releases of one service in one environment by first deployment, oldest first. Never by the version
 * string: a hotfix of an old branch is newer than what it does not contain.
 */
export function orderReleases(
  sightings: readonly Sighting[],
  deployments: readonly DeploymentFact[],
): OrderedRelease[] {
  const versions = sightings.map(({ version }) => version)
  return sightings
    .filter(({ version }) => version !== '')
    .map((sighting) => {
      const own = deployments.filter(
        ({ version, status }) => version === sighting.version && !NOT_ARRIVED.has(status),
      )
      const deployedMs = own.map(({ startedMs }) => startedMs)
      return {
        ...sighting,
        deployedMs,
        firstDeployedMs: Math.min(sighting.firstSeenMs, ...deployedMs),
        irreversibleMigration: own.some(({ irreversibleMigration }) => irreversibleMigration),
        implausible: implausibility(sighting.version, versions),
      }
    })
    .toSorted((a, b) => a.firstDeployedMs - b.firstDeployedMs || (a.version < b.version ? -1 : 1))
}

const FAR_AHEAD = 10
const MAJOR_SUSPECT = 100

/** A placeholder like 999.9.9 among 2.x versions. Calendar versions have each other for company. */
function implausibility(version: string, versions: readonly string[]): string | undefined {
  const major = majorOf(version)
  if (major === undefined || major < MAJOR_SUSPECT) return undefined
  const others = versions
    .filter((other) => other !== version)
    .map(majorOf)
    .filter((other) => other !== undefined)
  const highest = Math.max(...others)
  if (others.length === 0 || major < highest * FAR_AHEAD) return undefined
  return `Its major version is far above every other one (${highest}): it looks like a placeholder.`
}

function majorOf(version: string): number | undefined {
  const match = /^v?(\d{1,9})\.\d+/.exec(version)
  return match === null ? undefined : Number(match[1])
}

/** Traffic that ended this long before the service's newest is traffic no more. */
const SERVING_MS = 10 * 60_000

/**
 * What the service runs now: of the releases that still serve, the one that was deployed last. A
 * release that was rolled back is not current, however new it is.
 */
export function currentOf(releases: readonly OrderedRelease[]): OrderedRelease | undefined {
  return servingOf(releases).findLast(({ implausible }) => implausible === undefined)
}

/** Releases of a service that serve at present: as long as it is silent, those that did at last. */
export function servingOf(releases: readonly OrderedRelease[]): OrderedRelease[] {
  const lastMs = Math.max(...releases.map(({ lastSeenMs }) => lastSeenMs))
  return releases.filter(({ lastSeenMs }) => lastSeenMs >= lastMs - SERVING_MS)
}

/** What a roll back would lead to: the last earlier release that was not judged harmful. */
export function lastGoodBefore(
  releases: readonly OrderedRelease[],
  version: string,
  verdictOf: (version: string) => VerdictState | undefined,
): OrderedRelease | undefined {
  const place = releases.findIndex((release) => release.version === version)
  return releases.slice(0, Math.max(0, place)).findLast((release) => {
    const verdict = verdictOf(release.version)
    return release.implausible === undefined && verdict !== 'patch' && verdict !== 'roll_back'
  })
}
