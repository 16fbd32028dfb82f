import { budget, type Result, type RowId } from './budget.ts'
import { figure } from './report.ts'

/** A ratio may be so much worse than the committed one: machines wander. */
const TOLERANCE = 0.08
/** Where nothing is timed, so much. */
const TOLERANCE_COUNTED = 0.03
const COUNTED = new Set<RowId>(['P6', 'P7.log', 'P7.point', 'P8', 'C6.bundle'])

type Figure = Pick<Result, 'value'> & { id: string }

/**
 * A sentence for each figure below its floor, and for each that is worse than the committed one by
 * more than machines wander: not in the median alone, but even at its best, where it was taken more
 * than once.
 */
export function findRegressions(
  results: readonly Result[],
  committed: readonly Figure[],
): string[] {
  return results.flatMap((result) => {
    const { id, value, floor, min, max, unit } = result
    const shown = `${id} is ${figure(value)} ${unit}`
    if (!result.pass) return [`${shown}: its floor is ${figure(floor)}.`]
    const before = committed.find((one) => one.id === id)?.value
    if (before === undefined) return []
    const tolerance = COUNTED.has(id) ? TOLERANCE_COUNTED : TOLERANCE
    const isWorse =
      budget[id].better === 'more' ? max < before * (1 - tolerance) : min > before * (1 + tolerance)
    return isWorse ? [`${shown}: committed was ${figure(before)}.`] : []
  })
}
