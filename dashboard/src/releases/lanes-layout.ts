import type { ReleaseRow } from '@aftermath/schemas/api/releases'

/** A release's stretch of its environment's lane, in parts of the lane's width. */
export type Stretch = { row: ReleaseRow; start: number; end: number }
export type Lane = { service: string; environment: string; stretches: Stretch[] }

/**
 * Lanes of a timeline: per service and environment, each release from its deployment to the next
 * one. What was deployed before the range began starts at its edge; of those only the last is there.
 */
export function layLanes(
  rows: readonly ReleaseRow[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Lane[] {
  const lanes = new Map<string, ReleaseRow[]>()
  for (const row of rows) {
    if (row.implausible !== null) continue
    const key = JSON.stringify([row.service, row.environment])
    lanes.set(key, [...(lanes.get(key) ?? []), row])
  }
  const place = (timeMs: number) =>
    Math.min(1, Math.max(0, (timeMs - fromMs) / Math.max(1, toMs - fromMs)))

  return [...lanes.values()].flatMap((ofLane) => {
    const oldestFirst = ofLane.toSorted((a, b) => deployedMs(a) - deployedMs(b))
    const stretches = oldestFirst.flatMap((row, at) => {
      const next = oldestFirst[at + 1]
      const start = place(deployedMs(row))
      const end = next === undefined ? 1 : place(deployedMs(next))
      return end > start ? [{ row, start, end }] : []
    })
    const [first] = oldestFirst
    if (first === undefined || stretches.length === 0) return []
    return [{ service: first.service, environment: first.environment, stretches }]
  })
}

const deployedMs = ({ deployedAt }: ReleaseRow) => Date.parse(deployedAt)
