import type { BaselineKind, VerdictState } from '@aftermath/schemas/verdict'
import { LeavingBaseline } from './leaving-baseline.ts'
import { MINUTE_MS } from '../counts/minute-columns.ts'
import type { VersionMinutes } from '../counts/minute-columns.ts'
import type { Policy } from '../policy/policy.ts'

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
  kind: Exclude<BaselineKind, 'named'>
  /** Chosen by a person, not by the rules. */
  named: boolean
  /** In a sentence. */
  why: string
  /** Its own verdict was patch or roll back, or its objectives burned before the deployment. */
  bad: boolean
  /**
   * Where the minutes of the comparison have their counterpart in an earlier week: what a comparison
   * over time takes where there is one. Empty where there is none.
   */
  pairs: PairedWindow[]
  /** Window before the deployment that fixes p0, τ and φ: read it for `referenceOf`. */
  reference: MinuteWindow | null
  /** Minutes of the candidate's life to judge, warm-up included: read them for `judge`. */
  comparison: MinuteWindow
}

/** Minutes of the comparison whose counterpart is the minute so much earlier. */
export type PairedWindow = MinuteWindow & { minutesBack: number }

/** The earlier minutes of a pair. */
export function pastOf({ fromMinute, untilMinute, minutesBack }: PairedWindow): MinuteWindow {
  return { fromMinute: fromMinute - minutesBack, untilMinute: untilMinute - minutesBack }
}

/** Where the past lies that a comparison over time takes, for the release and its controls alike. */
export function pastSpan({ pairs, reference }: Baseline): MinuteWindow | null {
  if (pairs.length === 0) return reference
  const past = pairs.map(pastOf)
  return {
    fromMinute: Math.min(...past.map(({ fromMinute }) => fromMinute)),
    untilMinute: Math.max(...past.map(({ untilMinute }) => untilMinute)),
  }
}

/** A time in which an objective of the service burned; until null: it still does. */
export type SloAlert = { severity: 'page' | 'ticket'; fromMs: number; untilMs: number | null }

export type BaselineInput = {
  candidate: string
  /** All versions of the service in the environment, at least back to the oldest possible window. */
  totals: VersionMinutes
  releases: ReleaseFacts[]
  /** Of the service in the environment, any order. */
  sloAlerts: SloAlert[]
  nowMs: number
  policy: Policy
}

/**
 * Chooses the baseline of a release from traffic alone, never from how a comparison comes out.
 *
 * The first that applies: a release that served beside it (`concurrent`), the same minutes of earlier
 * weeks (`previous_time_matched`), the window before the deployment (`previous_window`), or nothing
 * (`none`). A release that a person named comes before any other, in the same order of kinds.
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
  const eligible = earlierReleases(input.releases, self, lifeFrom)
  const paged = pagedBefore(input.sloAlerts, deployedMinute)
  const context = { candidate, traffic, comparison, deployedMinute, eligible, paged, policy }
  const name = Object.hasOwn(policy.baselines, candidate) ? policy.baselines[candidate] : undefined
  if (name === undefined) return ruledBaseline(context)

  const named = input.releases.filter(({ version }) => version === name && version !== candidate)
  const chosen = ruledBaseline({ ...context, eligible: named })
  if (chosen.kind !== 'none') {
    return { ...chosen, named: true, why: `${name} was named as the baseline. ${chosen.why}` }
  }
  const ruled = ruledBaseline(context)
  const why = `${name} was named as the baseline, but did not serve beside ${candidate} or for ${policy.referenceMinutesMin} minutes before it. ${ruled.why}`
  return { ...ruled, why }
}

function ruledBaseline(context: Context): Baseline {
  return concurrentBaseline(context) ?? baselineOverTime(context) ?? noBaseline(context)
}

/** The first minute not yet judged: a minute waits `latenessMs` for stragglers. */
export function judgedUntilMinute(nowMs: number, policy: Policy): number {
  return Math.floor((nowMs - policy.latenessMs) / MINUTE_MS)
}

type Traffic = Map<string, Map<number, number>>
type Context = {
  candidate: string
  traffic: Traffic
  comparison: MinuteWindow
  deployedMinute: number
  /** What may be the baseline, latest deployment first. */
  eligible: ReleaseFacts[]
  /** An objective of the service burned fast before the deployment. */
  paged: boolean
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

function concurrentBaseline(context: Context): Baseline | undefined {
  const { traffic, comparison, eligible, paged, policy } = context
  const beside = eligible
    .map((release) => ({ release, ...minutesBeside(release.version, context) }))
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
    named: false,
    why: `${version} serves the same minutes, so both meet the same traffic.`,
    bad: paged || isBad(verdict),
    reference: referenceWindow(traffic.get(version), context.deployedMinute, policy) ?? null,
    comparison,
    pairs: pairsOnceLeft(version, context),
  }
}

/** Pairs of the minutes since the baseline left, the only ones that are compared with the past. */
function pairsOnceLeft(version: string, context: Context): PairedWindow[] {
  const { candidate, traffic, comparison, policy } = context
  const leaving = new LeavingBaseline(policy)
  const requests = (of: string, minute: number) => traffic.get(of)?.get(minute) ?? 0
  for (let minute = comparison.fromMinute; minute < comparison.untilMinute; minute += 1) {
    leaving.add(minute, requests(candidate, minute), requests(version, minute))
    if (leaving.hasLeft) return timeMatchedPairs(version, context, minute)
  }
  return []
}

/**
 * Minutes of the candidate's first day in which the other release served its share. Warm-up does
 * not count, unless there is nothing else yet: a minute shared at the switch is no comparison.
 */
function minutesBeside(version: string, context: Context) {
  const { candidate, traffic, comparison, policy } = context
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

function baselineOverTime(context: Context): Baseline | undefined {
  const { traffic, comparison, eligible, deployedMinute, paged, policy } = context
  const oldest = deployedMinute - policy.baselineAgeMinutesMax
  const windows = eligible.flatMap((release) => {
    const window = referenceWindow(traffic.get(release.version), deployedMinute, policy)
    return window === undefined || window.untilMinute <= oldest ? [] : [{ release, window }]
  })
  const chosen = windows.find(({ release }) => !isBad(release.verdict)) ?? windows[0]
  if (chosen === undefined) return undefined

  const { release, window } = chosen
  const skipped = windows[0]!.release
  const pairs = timeMatchedPairs(release.version, context)
  const length = durationWords(window.untilMinute - window.fromMinute)
  const past = pairs.length > 0 ? 'the same minutes of an earlier week' : `its last ${length}`
  const standIn = pairs.length > 0 ? past : `the ${length} before the deployment`
  const why =
    skipped === release
      ? `Nothing else served the same minutes, so ${standIn} stand in.`
      : `${skipped.version} was itself judged harmful: ${release.version} in ${past} instead.`
  return {
    version: release.version,
    kind: pairs.length > 0 ? 'previous_time_matched' : 'previous_window',
    named: false,
    why,
    bad: paged || isBad(release.verdict),
    reference: window,
    comparison,
    pairs,
  }
}

function noBaseline({ comparison, eligible }: Context): Baseline {
  const why =
    eligible.length === 0
      ? 'The first release seen of this service: there is nothing to compare it with.'
      : 'No earlier release served for 60 minutes before the deployment.'
  return {
    version: null,
    kind: 'none',
    named: false,
    why,
    bad: false,
    reference: null,
    comparison,
    pairs: [],
  }
}

const HOUR_MINUTES = 60
const WEEK_MINUTES = 7 * DAY_MINUTES

/**
 * Hours of the candidate's life with the same hour of the latest earlier week that the version served
 * before the deployment. Hours, since a minute without requests says nothing where traffic is low.
 *
 * Decided by the first day of life: it stays what it is while the candidate goes on.
 *
 * @returns empty where too few hours have a counterpart
 */
function timeMatchedPairs(
  version: string,
  context: Context,
  since = context.comparison.fromMinute,
): PairedWindow[] {
  const { traffic, comparison, deployedMinute, policy } = context
  // Hours are counted from the deployment, so that the last one before it is a whole one.
  const hourOf = (minute: number) => Math.floor((minute - deployedMinute) / HOUR_MINUTES)
  const served = new Set([...(traffic.get(version)?.keys() ?? [])].map(hourOf))
  const weeks = Math.floor(policy.baselineAgeMinutesMax / WEEK_MINUTES)
  const minutesBackOf = (hour: number): number | undefined => {
    for (let week = 1; week <= weeks; week += 1) {
      const back = week * WEEK_MINUTES
      const past = hour - back / HOUR_MINUTES
      if (past < 0 && served.has(past)) return back
    }
    return undefined
  }
  const firstHour = hourOf(comparison.fromMinute)
  const firstDay = Array.from({ length: 24 }, (_, k) => minutesBackOf(firstHour + k))
  const paired = firstDay.filter((back) => back !== undefined).length
  if (paired < policy.timeMatchedShareMin * firstDay.length) return []

  const pairs: PairedWindow[] = []
  for (let hour = hourOf(since); hour <= hourOf(comparison.untilMinute - 1); hour += 1) {
    const minutesBack = minutesBackOf(hour)
    if (minutesBack === undefined) continue
    const begin = deployedMinute + hour * HOUR_MINUTES
    const fromMinute = Math.max(since, begin)
    const untilMinute = Math.min(comparison.untilMinute, begin + HOUR_MINUTES)
    const last = pairs.at(-1)
    if (last?.untilMinute === fromMinute && last.minutesBack === minutesBack) {
      last.untilMinute = untilMinute
    } else {
      pairs.push({ fromMinute, untilMinute, minutesBack })
    }
  }
  return pairs
}

/** An hour before the deployment: what burned longer ago is over, or burns still. */
const PAGED_MINUTES = 60

function pagedBefore(alerts: SloAlert[], deployedMinute: number): boolean {
  const untilMs = deployedMinute * MINUTE_MS
  const fromMs = untilMs - PAGED_MINUTES * MINUTE_MS
  return alerts.some((alert) => {
    const isOpen = alert.untilMs === null || alert.untilMs > fromMs
    return alert.severity === 'page' && alert.fromMs < untilMs && isOpen
  })
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
