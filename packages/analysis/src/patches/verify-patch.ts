import { absenceExposure, absenceLuck } from '../methods/absence.ts'
import { THETAS } from '../watch/minute-terms.ts'
import { rateRatioInterval } from '../methods/rate-ratio-interval.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

export type PatchState = 'collecting' | 'verified' | 'reduced' | 'not_fixed' | 'regressed'

/** An issue before its fix and after it, over like exposure: same operations, platforms, tags. */
export type PatchCounts = {
  /** On releases that have the issue. `exposure` in requests or sessions, > 0. */
  before: { events: number; exposure: number }
  /** On releases that contain the fix. */
  after: { events: number; unhandledEvents: number; exposure: number }
  /** Design effect of the issue's events, ≥ 1: see `issueDesignEffect`. */
  phi: number
  /** How long a release with the fix has been running. */
  lifeMinutes: number
  /** Exposure per minute of releases with the fix at present; 0 = none. */
  exposurePerMinute: number
  /** Whether it was verified at an earlier look. */
  wasVerified: boolean
}

export type PatchVerification = {
  state: PatchState
  /** Chance that the exposure so far shows no event although nothing was fixed. */
  luck: number
  /** Events that the old rate would have given. */
  expectedEvents: number
  /** Rate after ÷ rate before; null where there was nothing before. */
  ratio: number | null
  /** Exact 95 % interval of the ratio for one look; `high` null = without bound. */
  interval: { low: number; high: number | null } | null
  /** Minutes at the present traffic until silence is proof; null: not with this traffic, or no wait. */
  etaMinutes: number | null
  /** What is waited for, in exposure; 0 = nothing. */
  neededExposure: number
}

const LUCK_MAX = 0.05
const EXPECTED_MIN = 3
/** A day: what comes only at night is not fixed by an afternoon. */
const LIFE_MINUTES_MIN = 24 * 60
const RATIO_REDUCED = 0.5
const RATIO_NOT_FIXED = 0.8
const EVENTS_NOT_FIXED = 3
/** Each side of a 95 % sequence. */
const LOG_E_REJECT = Math.log(2 / 0.05)

/**
 * Whether a fix did what it claims. Pure, and safe to ask at any time: waiting until the silence is
 * unlikely to be luck and stopping there is one crossing, and the bounds that decide between reduced
 * and not fixed hold at all times together.
 */
export function verifyPatch(counts: PatchCounts): PatchVerification {
  const { before, after, phi } = counts
  const [x0, n0, x1, n1] = [before.events, before.exposure, after.events, after.exposure]
  const luck = absenceLuck({ x0, n0, n1, phi })
  const expectedEvents = (x0 * n1) / n0
  const neededExposure = Math.max(
    absenceExposure({ x0, n0, phi, luck: LUCK_MAX }),
    x0 === 0 ? Number.POSITIVE_INFINITY : (EXPECTED_MIN * n0) / x0,
  )
  const state = patchState(counts)
  const wait = state === 'collecting' ? Math.max(0, neededExposure - n1) : 0
  return {
    state,
    luck,
    expectedEvents,
    ratio: x0 === 0 || n1 === 0 ? null : x1 / expectedEvents,
    interval: n1 === 0 ? null : rateRatioInterval({ x1, n1, x0, n0, confidence: 0.95 }),
    etaMinutes: state === 'collecting' ? etaOf(counts, wait) : null,
    neededExposure: wait,
  }
}

/** The lowest row of the table that fits; the state alone, without what is shown beside it. */
export function patchState(counts: PatchCounts): PatchState {
  const { before, after, phi, lifeMinutes, wasVerified } = counts
  if (wasVerified && after.unhandledEvents >= 1) return 'regressed'
  const expectedEvents = (before.events * after.exposure) / before.exposure
  const provenAbove = logEAgainst(counts, 'at_most', RATIO_REDUCED) >= LOG_E_REJECT
  const asMany =
    after.events >= EVENTS_NOT_FIXED &&
    expectedEvents > 0 &&
    after.events / expectedEvents >= RATIO_NOT_FIXED
  if (provenAbove || asMany) return 'not_fixed'
  const provenBelow = logEAgainst(counts, 'at_least', RATIO_REDUCED) >= LOG_E_REJECT
  if (after.events > 0 && provenBelow) return 'reduced'
  const luck = absenceLuck({
    x0: before.events,
    n0: before.exposure,
    n1: after.exposure,
    phi,
  })
  const isSilent = after.events === 0 && luck <= LUCK_MAX && expectedEvents >= EXPECTED_MIN
  if (isSilent && lifeMinutes >= LIFE_MINUTES_MIN) return 'verified'
  return 'collecting'
}

/** Only silence can be waited for: once there were events, more of them decide. */
function etaOf(
  { after, lifeMinutes, exposurePerMinute }: PatchCounts,
  wait: number,
): number | null {
  if (after.events > 0) return null
  const forLife = Math.max(0, LIFE_MINUTES_MIN - lifeMinutes)
  if (wait === 0) return forLife
  if (exposurePerMinute <= 0 || !Number.isFinite(wait)) return null
  return Math.max(forLife, wait / exposurePerMinute)
}

/**
 * ln of the e-value against 'the rate ratio is at most (at least) ratio0': engine B with the time
 * before the fix as its one other arm, its rate known as well as Jeffreys' prior and x0 events tell.
 * Totals suffice: events of a Poisson process carry nothing else.
 */
function logEAgainst(
  { before, after, phi }: PatchCounts,
  side: 'at_most' | 'at_least',
  ratio0: number,
): number {
  const sum = new LogSum()
  const known = before.events + 0.5
  for (const theta of THETAS) {
    const factor = side === 'at_most' ? theta : 1 / theta
    const ratio = ratio0 * factor
    const log =
      after.events * Math.log(factor) -
      (known + after.events) *
        Math.log(
          (before.exposure + ratio * after.exposure) / (before.exposure + ratio0 * after.exposure),
        )
    sum.add(log / phi, 1 / THETAS.length)
  }
  return sum.log
}

/**
 * Design effect of an issue's events: how far they come in clusters, one user (or trace) hitting it
 * again and again.
 *
 * @param clusters events per user (or trace) and minute
 */
export function issueDesignEffect(clusters: readonly number[]): number {
  const events = clusters.reduce((sum, count) => sum + count, 0)
  const squares = clusters.reduce((sum, count) => sum + count * count, 0)
  return events === 0 ? 1 : Math.max(1, squares / events)
}
