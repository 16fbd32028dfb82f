import type { TraceRequest } from '../workload/trace-requests.ts'

/** Of one release: what its rows add up to. */
export interface Totals {
  spans: number
  errors: number
  durationNs: bigint
  rolledUp: number
  rolledUpErrors: number
}

/** By service and version, as `cart-service 1.0.0`. */
export type TotalsByRelease = Map<string, Totals>

/** What the tables must hold. @param times how often each request was acknowledged */
export function expectedTotals(
  requests: readonly Pick<TraceRequest, 'blocks'>[],
  times: readonly number[],
): TotalsByRelease {
  const totals: TotalsByRelease = new Map()
  for (const [index, { blocks }] of requests.entries()) {
    const factor = times[index] ?? 0
    if (factor === 0) continue
    for (const block of blocks) {
      const release = releaseName(block.service, block.version)
      const before = totals.get(release) ?? noTotals
      totals.set(release, {
        spans: before.spans + block.spans * factor,
        errors: before.errors + block.errors * factor,
        durationNs: before.durationNs + BigInt(block.durationNs) * BigInt(factor),
        rolledUp: before.rolledUp + block.rolledUp * factor,
        rolledUpErrors: before.rolledUpErrors + block.rolledUpErrors * factor,
      })
    }
  }
  return totals
}

export function countSpans(totals: TotalsByRelease): number {
  return [...totals.values()].reduce((sum, { spans }) => sum + spans, 0)
}

/** Where the two differ, a sentence each; none means that everything is there, once. */
export function differences(expected: TotalsByRelease, stored: TotalsByRelease): string[] {
  const releases = new Set([...expected.keys(), ...stored.keys()])
  return [...releases].flatMap((release) => {
    const want = expected.get(release) ?? noTotals
    const have = stored.get(release) ?? noTotals
    return figures
      .filter((figure) => want[figure] !== have[figure])
      .map((figure) => `${release}: ${figure} is ${have[figure]} instead of ${want[figure]}.`)
  })
}

export const releaseName = (service: string, version: string) => `${service} ${version}`

export const noTotals: Totals = {
  spans: 0,
  errors: 0,
  durationNs: 0n,
  rolledUp: 0,
  rolledUpErrors: 0,
}
const figures = ['spans', 'errors', 'durationNs', 'rolledUp', 'rolledUpErrors'] as const
