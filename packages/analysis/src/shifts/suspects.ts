/** What may have caused a change of level. */
export type ChangeKind = 'release' | 'flag' | 'configuration' | 'dependency'

/** What is known of a recorded change with regard to a shift. */
export type SuspectFacts = {
  kind: ChangeKind
  /** When it happened, as recorded. */
  changedMs: number
  /**
   * `only_new`: both versions (or variants) ran, only the changed one moved. `both`: both moved.
   * `unknown`: one of them did not run, or too little of it.
   */
  split: 'only_new' | 'both' | 'unknown'
  /** Where it happened, as seen from the service that shifted. */
  path: 'same_service' | 'direct_callee' | 'deeper_callee' | 'elsewhere'
  /** Whether it touched the code that an issue's stack names. */
  code: 'changed_file' | 'same_package' | 'none'
}

export type ScoredSuspect<Facts> = { facts: Facts; score: number }

const WEIGHT = { time: 0.35, split: 0.35, path: 0.15, code: 0.15 }
const SPLIT = { only_new: 1, both: 0, unknown: 0.5 }
const PATH = { same_service: 1, direct_callee: 0.7, deeper_callee: 0.4, elsewhere: 0.1 }
const CODE = { changed_file: 1, same_package: 0.5, none: 0 }
const TIME_SCALE_MS = 10 * 60_000

/** How long before a shift, and after it (clocks, rounding of steps), a change may lie. */
export const SUSPECT_WINDOW_MS = { before: 60 * 60_000, after: 5 * 60_000 }
/** Below this a change is not shown as a suspect. */
export const SUSPECT_SCORE_MIN = 0.4

/**
 * Changes around a shift, the most suspect first. None is a valid answer: no recorded change explains
 * it. A release is acquitted when the version beside it moved too.
 */
export function rankSuspects<Facts extends SuspectFacts>(
  atMs: number,
  facts: readonly Facts[],
): ScoredSuspect<Facts>[] {
  return facts
    .filter(({ changedMs }) => isNear(atMs, changedMs))
    .filter(({ kind, split }) => !(kind === 'release' && split === 'both'))
    .map((one) => ({ facts: one, score: scoreOf(atMs, one) }))
    .filter(({ score }) => score >= SUSPECT_SCORE_MIN)
    .toSorted((a, b) => b.score - a.score || b.facts.changedMs - a.facts.changedMs)
}

function isNear(atMs: number, changedMs: number): boolean {
  const { before, after } = SUSPECT_WINDOW_MS
  return changedMs >= atMs - before && changedMs <= atMs + after
}

function scoreOf(atMs: number, { changedMs, split, path, code }: SuspectFacts): number {
  return (
    WEIGHT.time * Math.exp(-Math.abs(atMs - changedMs) / TIME_SCALE_MS) +
    WEIGHT.split * SPLIT[split] +
    WEIGHT.path * PATH[path] +
    WEIGHT.code * CODE[code]
  )
}

/** Points of the two sides of a change: log rates by step, gaps left out. */
export type SideBySide = {
  /** The old version (or variant) before the shift and after it. */
  oldBefore: readonly number[]
  oldAfter: readonly number[]
  /** The new one after it. */
  newAfter: readonly number[]
  /** Log ratio of the shift. */
  change: number
}

const POINTS_MIN = 3

/** Which side of a change moved with the shift: at least half of it is having moved. */
export function splitOf({
  oldBefore,
  oldAfter,
  newAfter,
  change,
}: SideBySide): SuspectFacts['split'] {
  if ([oldBefore, oldAfter, newAfter].some(({ length }) => length < POINTS_MIN)) return 'unknown'
  const level = medianOf(oldBefore)
  const moved = (after: readonly number[]) => (medianOf(after) - level) / change >= 0.5
  if (moved(oldAfter)) return 'both'
  return moved(newAfter) ? 'only_new' : 'unknown'
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
