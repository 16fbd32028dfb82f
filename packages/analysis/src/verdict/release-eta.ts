import type { Eta } from '@aftermath/schemas/verdict'
import { etaMinutes, etaToHarmMinutes } from '../methods/eta-minutes.ts'
import type { JudgeInput } from './judgement.ts'
import { mixtureBound } from '../methods/normal-mixture.ts'
import type { Policy } from '../policy/policy.ts'
import { longestOf } from '../watch/release-watch.ts'
import type { ReleaseWatch } from '../watch/release-watch.ts'
import type { WatchedScope } from '../watch/watched-scope.ts'
import { count, plural } from './words.ts'

/** Beyond a week, 'soon' is no answer. */
const SHOWN_MINUTES_MAX = 7 * 24 * 60
const TRAFFIC_MINUTES = 30

/**
 * How long until the verdict can settle at the present traffic: shipped, or harm proved, whichever
 * comes first.
 *
 * @returns null where neither comes within a week
 */
export function releaseEta(watch: ReleaseWatch, input: JudgeInput): Eta | null {
  const { policy } = input
  const comparison = watch.comparisons.toSorted((a, b) => b.judgedMinutes - a.judgedMinutes)[0]
  if (comparison === undefined) return null
  const soak = Math.max(0, policy.judgedMinutesMin - watch.judgedMinutes)
  if (comparison.judgedMinutes === 0) {
    return { minutes: roundedUp(soak), needs: `${plural(soak, 'minute')} of both releases` }
  }
  const open = watch.guardrails.filter(({ passed }) => !passed)
  const scopes = open.flatMap((guardrail) => longestOf(guardrail.scopes) ?? [])
  const { openGuard } = watch.further
  const watched = [...scopes.map((scope) => scope.watched), ...(openGuard ? [openGuard] : [])]
  const projections = watched.map((scope) => projection(scope, policy.alpha))
  const ship = latest(projections.map(({ toShip }) => toShip))
  const harm = earliest(projections.map(({ toHarm }) => toHarm))
  const minutes = earliest([ship === null ? null : Math.max(ship, soak), harm])
  if (minutes === null || minutes > SHOWN_MINUTES_MAX) return null

  const { n1 } = comparison.pooled('errors')!.first.sums
  const requests = (n1 / comparison.judgedMinutes) * minutes
  return {
    minutes: roundedUp(Math.max(1, minutes)),
    needs: `about ${count(roundedRequests(requests))} more requests of the release`,
  }
}

/**
 * The smallest rise of the error rate that a day of the present traffic excludes, for who cannot wait
 * for the minimum effect.
 *
 * @returns null where nothing was compared
 */
export function effectVisibleInDay(watch: ReleaseWatch, policy: Policy): number | null {
  const comparison = watch.comparisons.toSorted((a, b) => b.judgedMinutes - a.judgedMinutes)[0]
  const errors = comparison?.pooled('errors')
  if (errors === undefined || errors.first.sums.W <= 0) return null
  const { V, W, vPerMinute, wPerMinute, r } = growthOf(errors)
  const bound = mixtureBound({
    V: V + vPerMinute * DAY_MINUTES,
    r,
    alpha: policy.alpha,
    oneSided: true,
  })
  return bound / (W + wPerMinute * DAY_MINUTES)
}

const DAY_MINUTES = 24 * 60

/** What the engines hold, and how fast it grows at the present traffic. */
function growthOf({ first, recent }: WatchedScope) {
  const { minutes, W } = recent.last(TRAFFIC_MINUTES)
  const wPerMinute = W / Math.max(1, minutes)
  return {
    W: first.sums.W,
    V: first.V,
    vPerMinute: (first.V / first.sums.W) * wPerMinute,
    wPerMinute,
    r: first.r,
  }
}

function projection(watched: WatchedScope, alpha: number) {
  const { first } = watched
  // Without any of it there is no telling.
  if (first.sums.W <= 0) return { toShip: null, toHarm: null }
  const shared = growthOf(watched)
  const { S, allowed } = first.sums
  return {
    toShip: etaMinutes({ ...shared, S, mpe: first.rule.minimumEffect, alpha }),
    toHarm: etaToHarmMinutes({ ...shared, S: S - allowed, alpha }),
  }
}

/** All of them, so null as soon as one never comes. */
function latest(minutes: (number | null)[]): number | null {
  const known = minutes.filter((each) => each !== null)
  return known.length < minutes.length ? null : Math.max(0, ...known)
}

function earliest(minutes: (number | null)[]): number | null {
  const known = minutes.filter((each) => each !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** Steps of 1, 5, 15 and 60 minutes: precision nobody has is not shown. */
export function roundedUp(minutes: number): number {
  const step = minutes <= 5 ? 1 : minutes <= 30 ? 5 : minutes <= 120 ? 15 : 60
  return Math.max(1, Math.ceil(minutes / step) * step)
}

/** Two digits, upwards. */
function roundedRequests(requests: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, requests))) - 1)
  return Math.ceil(requests / step) * step
}
