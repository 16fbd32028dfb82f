import { createHash } from 'node:crypto'
import { defaultPolicy } from '@aftermath/analysis/policy/policy'
import { isOutdated, type Late } from '../releases/late.ts'
import type { OrderedRelease } from '../releases/release-order.ts'
import type { ReleaseLine } from '../releases/read-releases.ts'

/** How a release was last looked at. Only saves work: without it the release is looked at once more. */
export interface LastLook {
  atMs: number
  durationMs: number
  late: Late
  /** First of the looks before each of which late data had come; the last one where none had. */
  lateSinceMs: number
  /** What was known of the line's releases, see {@link knownOf}. */
  known: string
}

/** What is known now besides the releases. */
export type Now = {
  nowMs: number
  policyVersion: string
  /** When a person last decided on the release. */
  decidedAtMs: number | null
}

/** Looks that a minute makes due are spread over this long, so that they come in no burst. */
export const SPREAD_MS = 5000
/** Late data that goes on coming is looked at in longer and longer steps: history that streams in, a few times. */
const LATE_REST_MS = { min: 2000, max: 30_000 }
/** Every look waits as many times as long as the last one took. */
const REST_PER_WORK = 10
const AFTERLIFE_MINUTES = 24 * 60

/**
 * Whether a release has to be looked at: a judgement follows from closed minutes, so that it can only
 * change when one more is closed, when data came late into a closed one, or when a release or
 * deployment became known. Its silence shows ten minutes after its last one.
 */
export function isDue(
  release: OrderedRelease,
  line: ReleaseLine,
  last: LastLook | undefined,
  { nowMs, policyVersion, decidedAtMs }: Now,
): boolean {
  if (!isYoung(release, nowMs)) return false
  if (last === undefined) return true
  const restedMs = nowMs - last.atMs
  if (restedMs < REST_PER_WORK * last.durationMs) return false
  if (isOutdated(last.late, last.atMs, release)) {
    const soFarMs = last.atMs - last.lateSinceMs
    if (restedMs >= Math.min(LATE_REST_MS.max, Math.max(LATE_REST_MS.min, soFarMs / 2))) return true
  }
  const lastMinute = Math.floor(release.lastSeenMs / MINUTE_MS)
  const looked = closedUntil(release, last.atMs)
  const closed = closedUntil(release, nowMs)
  if (looked <= lastMinute && looked < closed) return true
  const silentMinute = lastMinute + defaultPolicy.silence.minutes
  if (looked <= silentMinute && silentMinute < closed) return true
  return last.known !== knownOf(line, { policyVersion, decidedAtMs })
}

/** The look after `last` at the present state of the release. */
export function lookedAt(
  release: OrderedRelease,
  line: ReleaseLine,
  last: LastLook | undefined,
  { atMs, durationMs, ...known }: { atMs: number; durationMs: number } & Omit<Now, 'nowMs'>,
): LastLook {
  const wasLate = last !== undefined && isOutdated(last.late, last.atMs, release)
  const { lastLateMs, lateCount } = release
  return {
    atMs,
    durationMs,
    late: { lastLateMs, lateCount },
    lateSinceMs: wasLate ? last.lateSinceMs : atMs,
    known: knownOf(line, known),
  }
}

/** What a judgement takes besides minutes. */
function knownOf({ releases }: ReleaseLine, known: Omit<Now, 'nowMs'>): string {
  return JSON.stringify([
    known.policyVersion,
    known.decidedAtMs,
    ...releases.map((release) => [
      release.version,
      release.deployedMs,
      release.irreversibleMigration,
      release.implausible,
    ]),
  ])
}

const MINUTE_MS = 60_000

/** A deployment after a day without traffic begins another life. */
function isYoung({ firstSeenMs, deployedMs }: OrderedRelease, nowMs: number): boolean {
  return (
    nowMs - Math.max(firstSeenMs, ...deployedMs) <
    (defaultPolicy.lifeMinutes + AFTERLIFE_MINUTES) * MINUTE_MS
  )
}

/** The first minute that is not closed yet, seen from a release: each a little later than the other. */
function closedUntil(release: OrderedRelease, atMs: number): number {
  return Math.floor((atMs - defaultPolicy.latenessMs - delayOf(release)) / MINUTE_MS)
}

function delayOf({ service, environment, version }: OrderedRelease): number {
  const name = JSON.stringify([service, environment, version])
  return createHash('sha1').update(name).digest().readUInt32LE(0) % SPREAD_MS
}
