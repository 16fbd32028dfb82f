import type { DecisionAction } from '@aftermath/schemas/api/decisions'
import type { VerdictState } from '@aftermath/schemas/verdict'
import { wilsonInterval } from '../methods/wilson-interval.ts'

/** A release with all that was said and done about it. Times are Unix milliseconds. */
export type CheckedRelease = {
  version: string
  firstSeenMs: number
  told: Told[]
  /** Those that were not taken back, oldest first. */
  decisions: { action: DecisionAction; atMs: number }[]
  /** It was registered as rolled back, or an older release was deployed over it. */
  rolledBackMs: number[]
  /** Arrivals of releases that fix it, see `hotFixesOf`. */
  hotFixedMs: number[]
}

/** A state that a release ever had: since when, and from which data. */
export type Told = { verdict: VerdictState; firstJudgedMs: number; firstInputsUntilMs: number }

/** How a release turned out; `harmful` is null while that is open. */
export type Outcome = { harmful: boolean | null; because: string }

const DAY_MS = 86_400_000
const OUTCOME_DAYS = 7
/** Below this many checked verdicts a share says nothing about us. */
const CHECKED_MIN = 20
const Z_95 = 1.959963984540054
const MINUTE_MS = 60_000

export const OUTCOME_RULE =
  `A release turned out harmful if within ${OUTCOME_DAYS} days of the verdict it was rolled back ` +
  '(or an older release was deployed over it), a person decided to roll it back, to patch it or to turn ' +
  'its flag off, or a hot-fix of it arrived: a later patch version of the same minor one, where the ' +
  'service usually ships others. It turned out harmless if a person accepted it, or nothing of this came ' +
  'in that time. A roll back outweighs a decision, a decision a hot-fix. Roll back and patch are right ' +
  'of a harmful release, ship of a harmless one; watch and collecting claim nothing.'

const HARM: ReadonlySet<DecisionAction> = new Set(['roll_back', 'patch', 'turn_off_flag'])

/** How the release turned out, seen from something said about it at `saidMs`. */
export function outcomeOf(release: CheckedRelease, saidMs: number, nowMs: number): Outcome {
  const untilMs = saidMs + OUTCOME_DAYS * DAY_MS
  const inTime = (atMs: number) => atMs <= untilMs
  if (release.rolledBackMs.some(inTime)) return { harmful: true, because: 'It was rolled back.' }
  const decision = release.decisions.findLast(
    ({ action, atMs }) => inTime(atMs) && (HARM.has(action) || action === 'accept'),
  )
  if (decision !== undefined) return { ...DECIDED[decision.action] }
  if (release.hotFixedMs.some(inTime)) return { harmful: true, because: 'It was hot-fixed.' }
  return nowMs >= untilMs
    ? { harmful: false, because: `Nothing happened to it within ${OUTCOME_DAYS} days.` }
    : { harmful: null, because: `Open until ${OUTCOME_DAYS} days have passed.` }
}

const OPEN: Outcome = { harmful: null, because: '' }
const DECIDED: Record<DecisionAction, Outcome> = {
  accept: { harmful: false, because: 'A person accepted it.' },
  roll_back: { harmful: true, because: 'A person decided to roll it back.' },
  patch: { harmful: true, because: 'A person decided to patch it.' },
  turn_off_flag: { harmful: true, because: 'A person turned its flag off.' },
  hold: OPEN,
  uat: OPEN,
}

/** Whether the verdict was right; undefined where it claims nothing. */
export function isRight(verdict: VerdictState, harmful: boolean): boolean | undefined {
  if (verdict === 'roll_back' || verdict === 'patch') return harmful
  return verdict === 'ship' ? !harmful : undefined
}

type Bump = { version: string; firstDeployedMs: number }

/**
 * When hot-fixes of a release arrived: later patch versions of its minor version. Where more than half
 * of the service's steps are patch versions anyway, one more says nothing.
 *
 * @param releases of the service in the environment, oldest first
 */
export function hotFixesOf(release: Bump, releases: readonly Bump[]): number[] {
  const steps = releases.slice(1).map((next, i) => isPatchOf(releases[i]!.version, next.version))
  const fixes = releases.filter(
    (later) =>
      later.firstDeployedMs > release.firstDeployedMs && isPatchOf(release.version, later.version),
  )
  const other = steps.length - fixes.length
  const patches = steps.filter(Boolean).length - fixes.length
  return other > 0 && patches > other / 2 ? [] : fixes.map(({ firstDeployedMs }) => firstDeployedMs)
}

function isPatchOf(before: string, after: string): boolean {
  const [old, next] = [partsOf(before), partsOf(after)]
  if (old === undefined || next === undefined) return false
  return old.minor === next.minor && next.patch > old.patch
}

function partsOf(version: string): { minor: string; patch: number } | undefined {
  const match = /^v?(\d{1,9}\.\d{1,9})\.(\d{1,9})$/.exec(version)
  return match === null ? undefined : { minor: match[1]!, patch: Number(match[2]) }
}

const STATES: VerdictState[] = ['roll_back', 'patch', 'watch', 'insufficient_data', 'ship']

/** How often verdicts of each state were right, over releases that turned out one way or the other. */
export function calibrate(
  releases: readonly CheckedRelease[],
  healthyPerFalse: number,
  nowMs: number,
) {
  const states = STATES.map((verdict) => calibrateState(verdict, releases, nowMs))
  const judged = releases.filter(({ told }) => told.length > 0)
  const truths = judged.map((release) => {
    const saidMs = Math.min(...release.told.map(({ firstJudgedMs }) => firstJudgedMs))
    return { release, ...outcomeOf(release, saidMs, nowMs) }
  })
  const called = ({ told }: CheckedRelease) =>
    told.some(({ verdict }) => verdict === 'roll_back' || verdict === 'patch')
  const healthyReleases = truths.filter(({ harmful }) => harmful === false).length
  const rollBack = states.find(({ verdict }) => verdict === 'roll_back')!
  const claims = states.filter(({ right }) => right !== null)
  return {
    rule: OUTCOME_RULE,
    enough: claims.reduce((sum, { checked }) => sum + checked, 0) >= CHECKED_MIN,
    states,
    missed: truths.filter(({ release, harmful }) => harmful === true && !called(release)).length,
    falseRollBacks: {
      healthyReleases,
      expectedMax: healthyReleases / healthyPerFalse,
      observed: rollBack.checked - rollBack.harmful,
    },
  }
}

function calibrateState(verdict: VerdictState, releases: readonly CheckedRelease[], nowMs: number) {
  const said = releases.flatMap((release) => {
    const told = release.told.find((one) => one.verdict === verdict)
    if (told === undefined) return []
    return [{ release, told, ...outcomeOf(release, told.firstJudgedMs, nowMs) }]
  })
  const checked = said.filter(({ harmful }) => harmful !== null)
  const harmful = checked.filter((one) => one.harmful === true)
  const claims = isRight(verdict, true) !== undefined
  const right = checked.filter((one) => isRight(verdict, one.harmful === true) === true)
  const hits = claims ? right.length : harmful.length
  const interval =
    checked.length === 0
      ? { low: null, high: null }
      : wilsonInterval({ failures: hits, total: checked.length, z: Z_95 })
  return {
    verdict,
    checked: checked.length,
    harmful: harmful.length,
    right: claims ? right.length : null,
    ...interval,
    open: said.length - checked.length,
    medianMinutes: median(
      (claims ? right : checked).map(
        ({ release, told }) => (told.firstInputsUntilMs - release.firstSeenMs) / MINUTE_MS,
      ),
    ),
  }
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
