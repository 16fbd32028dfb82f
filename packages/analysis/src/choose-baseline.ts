import type { BaselineKind, VerdictState } from '@aftermath/schemas/verdict'
import { MINUTE_MS } from './minute-columns.ts'
import type { VersionMinutes } from './minute-columns.ts'
import type { Policy } from './policy.ts'

/** A release of the service in the environment, as the order of releases knows it. */
export type ReleaseFacts = {
  version: string
  /** First deployment: registered, else the first telemetry. */
  firstDeployedAtMs: number
  /** Every registered deployment of it, any order; may be empty. */
  deployedAtMs: number[]
  /** Kept out of the order of releases, so never a baseline. */
  implausible: boolean
  /** Its own last verdict, null before the first. */
  verdict: VerdictState | null
}

export type MinuteWindow = {
  fromMinute: number
  /** Exclusive. */
  untilMinute: number
}

/** What a release is measured against, and in which minutes. */
export type Baseline = {
  version: string | null
  kind: BaselineKind
  /** In a sentence. */
  why: string
  /** Its own verdict was patch or roll back. */
  bad: boolean
  /** Window before the deployment that fixes p0, τ and φ: read it for `referenceOf`. */
  reference: MinuteWindow | null
  /** Minutes of the candidate's life to judge, warm-up included: read them for `judge`. */
  comparison: MinuteWindow
}

export type BaselineInput = {
  candidate: string
  /** All versions of the service in the environment, at least back to the oldest possible window. */
  totals: VersionMinutes
  releases: ReleaseFacts[]
  nowMs: number
  policy: Policy
}

/**
 * Chooses the baseline of a release from traffic alone, never from how a comparison comes out.
 *
 * The first that applies: a release that served beside it (`concurrent`), the window before the
 * deployment (`previous_window`), or nothing (`none`).
 *
 * @returns undefined while the candidate has no judged minute
 */
export function chooseBaseline(input: BaselineInput): Baseline | undefined {
  const { candidate, policy } = input
  const untilMinute = judgedUntilMinute(input.nowMs, policy)
  const traffic = trafficOf(input.totals, untilMinute)
  const self = input.releases.find((release) => release.version === candidate)
  const lifeFrom = lifeStart(traffic.get(candidate), self?.deployedAtMs ?? [])
  if (lifeFrom === undefined) return undefined

  const comparison = {
    fromMinute: lifeFrom,
    untilMinute: Math.min(untilMinute, lifeFrom + policy.lifeMinutes),
  }
  const deployedMinute = Math.min(lifeFrom, deploymentBefore(self, lifeFrom))
  const earlier = earlierReleases(input.releases, self, lifeFrom)
  const context = { traffic, comparison, deployedMinute, earlier, policy }
  return concurrentBaseline(candidate, context) ?? windowBaseline(context) ?? noBaseline(context)
}

/** The first minute not yet judged: a minute waits `latenessMs` for stragglers. */
export function judgedUntilMinute(nowMs: number, policy: Policy): number {
  return Math.floor((nowMs - policy.latenessMs) / MINUTE_MS)
}

type Traffic = Map<string, Map<number, number>>
type Context = {
  traffic: Traffic
  comparison: MinuteWindow
  deployedMinute: number
  /** Latest deployment first. */
  earlier: ReleaseFacts[]
  policy: Policy
}

/** Requests of each version by minute; minutes without requests are absent. */
function trafficOf(totals: VersionMinutes, untilMinute: number): Traffic {
  const traffic: Traffic = new Map(totals.versions.map((version) => [version, new Map()]))
  for (let row = 0; row < totals.minute.length; row += 1) {
    const minute = totals.minute[row]!
    const requests = totals.requests[row]!
    if (requests <= 0 || minute >= untilMinute) continue
    const ofVersion = traffic.get(totals.versions[totals.version[row]!]!)!
    ofVersion.set(minute, (ofVersion.get(minute) ?? 0) + requests)
  }
  return traffic
}

const DAY_MINUTES = 24 * 60

/**
 * Where the present life of a release began: its first request, or the first one after a silence
 * of 24 hours that a new deployment ended. A deployment event alone starts nothing.
 */
function lifeStart(
  minutes: Map<number, number> | undefined,
  deployedAtMs: number[],
): number | undefined {
  const served = [...(minutes?.keys() ?? [])].toSorted((a, b) => a - b)
  let start = served[0]
  for (const [k, minute] of served.entries()) {
    const previous = served[k - 1]
    if (previous === undefined || minute - previous <= DAY_MINUTES) continue
    const deployed = deployedAtMs.some((atMs) => {
      const deployedMinute = Math.floor(atMs / MINUTE_MS)
      return deployedMinute > previous && deployedMinute <= minute
    })
    if (deployed) start = minute
  }
  return start
}

/** Minute of the last registered deployment up to the life's start: rollouts take a while. */
function deploymentBefore(self: ReleaseFacts | undefined, lifeFrom: number): number {
  const minutes = (self?.deployedAtMs ?? [])
    .map((atMs) => Math.floor(atMs / MINUTE_MS))
    .filter((minute) => minute <= lifeFrom && minute > lifeFrom - DAY_MINUTES)
  return minutes.length === 0 ? lifeFrom : Math.max(...minutes)
}

function earlierReleases(
  releases: ReleaseFacts[],
  self: ReleaseFacts | undefined,
  lifeFrom: number,
): ReleaseFacts[] {
  const selfAtMs = self?.firstDeployedAtMs ?? lifeFrom * MINUTE_MS
  return releases
    .filter((release) => release !== self && !release.implausible)
    .filter((release) => release.firstDeployedAtMs < selfAtMs)
    .toSorted((a, b) => b.firstDeployedAtMs - a.firstDeployedAtMs)
}

/** Minutes beside the candidate that make a baseline concurrent, however long it runs. */
const CONCURRENT_MINUTES = 10

function concurrentBaseline(candidate: string, context: Context): Baseline | undefined {
  const { traffic, comparison, earlier, policy } = context
  const beside = earlier
    .map((release) => ({ release, ...minutesBeside(candidate, release.version, context) }))
    .filter(({ minutes, candidateMinutes }) => {
      return minutes > 0 && minutes >= Math.min(CONCURRENT_MINUTES, candidateMinutes / 2)
    })
  const chosen =
    beside.find(({ release }) => release.verdict === 'ship') ??
    beside.toSorted((a, b) => b.requests - a.requests)[0]
  if (chosen === undefined) return undefined

  const { version, verdict } = chosen.release
  return {
    version,
    kind: 'concurrent',
    why: `${version} serves the same minutes, so both meet the same traffic.`,
    bad: isBad(verdict),
    reference: referenceWindow(traffic.get(version), context.deployedMinute, policy) ?? null,
    comparison,
  }
}

/**
 * Minutes of the candidate's first day in which the other release served its share. Warm-up does
 * not count, unless there is nothing else yet: a minute shared at the switch is no comparison.
 */
function minutesBeside(candidate: string, version: string, context: Context) {
  const { traffic, comparison, policy } = context
  const judgedFrom = comparison.fromMinute + policy.warmupMinutes
  const candidateMinutes = [...(traffic.get(candidate) ?? [])].filter(
    ([minute]) => minute >= comparison.fromMinute && minute < judgedFrom + DAY_MINUTES,
  )
  const judged = candidateMinutes.filter(([minute]) => minute >= judgedFrom)
  const looked = judged.length > 0 ? judged : candidateMinutes
  let minutes = 0
  let requests = 0
  for (const [minute] of looked) {
    const served = traffic.get(version)?.get(minute) ?? 0
    if (served === 0 || served < policy.leavingShare * serviceRequests(traffic, minute)) continue
    minutes += 1
    requests += served
  }
  return { minutes, requests, candidateMinutes: looked.length }
}

function serviceRequests(traffic: Traffic, minute: number): number {
  return [...traffic.values()].reduce((sum, minutes) => sum + (minutes.get(minute) ?? 0), 0)
}

function windowBaseline(context: Context): Baseline | undefined {
  const { traffic, comparison, earlier, deployedMinute, policy } = context
  const oldest = deployedMinute - policy.baselineAgeMinutesMax
  const windows = earlier.flatMap((release) => {
    const window = referenceWindow(traffic.get(release.version), deployedMinute, policy)
    return window === undefined || window.untilMinute <= oldest ? [] : [{ release, window }]
  })
  const chosen = windows.find(({ release }) => !isBad(release.verdict)) ?? windows[0]
  if (chosen === undefined) return undefined

  const { release, window } = chosen
  const skipped = windows[0]!.release
  const length = durationWords(window.untilMinute - window.fromMinute)
  const why =
    skipped === release
      ? `Nothing else served the same minutes, so the ${length} before the deployment stand in.`
      : `${skipped.version} was itself judged harmful: ${release.version} in its last ${length} instead.`
  return {
    version: release.version,
    kind: 'previous_window',
    why,
    bad: isBad(release.verdict),
    reference: window,
    comparison,
  }
}

function noBaseline({ comparison, earlier }: Context): Baseline {
  const why =
    earlier.length === 0
      ? 'The first release seen of this service: there is nothing to compare it with.'
      : 'No earlier release served for 60 minutes before the deployment.'
  return { version: null, kind: 'none', why, bad: false, reference: null, comparison }
}

/**
 * The last 24 hours of a release before the deployment. Minutes in which it was already leaving
 * (below 5 % of its usual traffic) end it early.
 */
function referenceWindow(
  minutes: Map<number, number> | undefined,
  deployedMinute: number,
  policy: Policy,
): MinuteWindow | undefined {
  const before = [...(minutes ?? [])]
    .filter(([minute]) => minute < deployedMinute)
    .toSorted(([a], [b]) => a - b)
  if (before.length === 0) return undefined
  const usual = before.reduce((sum, [, requests]) => sum + requests, 0) / before.length
  const last = before.findLast(([, requests]) => requests >= policy.leavingShare * usual)![0]
  const earliest = last + 1 - policy.referenceMinutesMax
  const first = before.find(([minute]) => minute >= earliest)![0]
  // From the first request of the window: the hours before a release existed are no data.
  const window = { fromMinute: first, untilMinute: last + 1 }
  return last + 1 - first >= policy.referenceMinutesMin ? window : undefined
}

function isBad(verdict: VerdictState | null): boolean {
  return verdict === 'patch' || verdict === 'roll_back'
}

function durationWords(minutes: number): string {
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
}
