import type { BlockFacts, RequestFacts, Sample } from '../workload/facts.ts'
import { MARKS } from '../workload/patch.ts'

/** What one load of one pool brought. */
export interface Sent {
  requests: readonly RequestFacts[]
  /** Numbers of requests, as the load counts them. */
  acknowledged: readonly number[]
  /** Without an answer: stored wholly or not at all. */
  unknown: readonly number[]
  /** Whether each got ids and times of its own; else those of its place in the pool. */
  isPatched: boolean
}

/** Of one request, or of several that carry the same mark: what its rows add up to. */
export interface MarkTotals {
  items: number
  sum: number
}

/** By `traces 17`: the mark is what the rows' times carry in their last six digits. */
export type TotalsByMark = Map<string, MarkTotals>

/** Of one release in one table. */
export interface Totals {
  items: number
  errors: number
  sum: bigint
  checksum: bigint
  rolledUp: number
  rolledUpErrors: number
}

/** By table, service and version. */
export type TotalsByRelease = Map<string, Totals>

export const releaseName = (table: string, service: string, version: string) =>
  `${table} ${service} ${version}`

export const markName = (kind: string, mark: number) => `${kind} ${mark}`

function markOf({ requests, isPatched }: Sent, number: number): string {
  const index = number % requests.length
  return markName(requests[index]!.kind, isPatched ? number % MARKS : index) // index < length
}

/** What must be there, and what may be beside it. */
export function expectedMarks(sent: readonly Sent[]): {
  sure: TotalsByMark
  doubtful: TotalsByMark
} {
  const sure: TotalsByMark = new Map()
  const doubtful: TotalsByMark = new Map()
  for (const load of sent) {
    for (const number of load.acknowledged) addMark(sure, load, number)
    for (const number of load.unknown) addMark(doubtful, load, number)
  }
  return { sure, doubtful }
}

function addMark(totals: TotalsByMark, load: Sent, number: number): void {
  const { items, blocks } = load.requests[number % load.requests.length]! // index < length
  const mark = markOf(load, number)
  const before = totals.get(mark) ?? { items: 0, sum: 0 }
  const sum = blocks.reduce((total, block) => total + block.sum, 0)
  totals.set(mark, { items: before.items + items, sum: before.sum + sum })
}

/**
 * Where what is stored differs, a sentence each; and the loads as they turned out: a request without
 * an answer whose rows are there counts as acknowledged.
 */
export function compareMarks(
  sent: readonly Sent[],
  stored: TotalsByMark,
): { failures: string[]; settled: Sent[] } {
  const { sure, doubtful } = expectedMarks(sent)
  const failures: string[] = []
  const landed = new Set<string>()
  for (const [mark, want] of sure) {
    const have = stored.get(mark)
    const maybe = doubtful.get(mark)
    if (isSame(have, want)) continue
    if (maybe !== undefined && isSame(have, plus(want, maybe))) landed.add(mark)
    else failures.push(difference(mark, have, want))
  }
  for (const [mark, have] of stored) {
    if (sure.has(mark)) continue
    const maybe = doubtful.get(mark)
    if (maybe !== undefined && isSame(have, maybe)) landed.add(mark)
    else failures.push(difference(mark, have, maybe))
  }
  const settled = sent.map((load) => ({
    ...load,
    acknowledged: [
      ...load.acknowledged,
      ...load.unknown.filter((number) => landed.has(markOf(load, number))),
    ],
    unknown: [],
  }))
  return { failures, settled }
}

const plus = (one: MarkTotals, other: MarkTotals) => ({
  items: one.items + other.items,
  sum: one.sum + other.sum,
})

const isSame = (have: MarkTotals | undefined, want: MarkTotals) =>
  have?.items === want.items && have.sum === want.sum

function difference(mark: string, have: MarkTotals | undefined, want: MarkTotals | undefined) {
  const shown = (totals: MarkTotals | undefined) =>
    totals === undefined ? 'nothing' : `${totals.items} items, sum ${totals.sum}`
  return `Request ${mark}: ${shown(have)} instead of ${shown(want)}.`
}

/** What the tables must hold by release, of requests that were acknowledged. */
export function expectedTotals(sent: readonly Sent[]): TotalsByRelease {
  const totals: TotalsByRelease = new Map()
  for (const { requests, acknowledged } of sent) {
    const times = new Map<number, number>()
    for (const number of acknowledged) {
      const index = number % requests.length
      times.set(index, (times.get(index) ?? 0) + 1)
    }
    for (const [index, factor] of times) {
      for (const block of requests[index]!.blocks) addBlock(totals, block, factor) // index < length
    }
  }
  return totals
}

function addBlock(totals: TotalsByRelease, block: BlockFacts, factor: number): void {
  const release = releaseName(block.table, block.service, block.version)
  const before = totals.get(release) ?? noTotals
  totals.set(release, {
    items: before.items + block.items * factor,
    errors: before.errors + block.errors * factor,
    sum: before.sum + BigInt(block.sum) * BigInt(factor),
    checksum: before.checksum + BigInt(block.checksum) * BigInt(factor),
    rolledUp: before.rolledUp + block.rolledUp * factor,
    rolledUpErrors: before.rolledUpErrors + block.rolledUpErrors * factor,
  })
}

/** Where the two differ, a sentence each; none means that everything is there, once. */
export function differences(expected: TotalsByRelease, stored: TotalsByRelease): string[] {
  return [...new Set([...expected.keys(), ...stored.keys()])].flatMap((release) => {
    const want = expected.get(release) ?? noTotals
    const have = stored.get(release) ?? noTotals
    return figures
      .filter((figure) => want[figure] !== have[figure])
      .map((figure) => `${release}: ${figure} is ${have[figure]} instead of ${want[figure]}.`)
  })
}

/** Samples of the requests that were acknowledged, each once. */
export function expectedSamples(sent: readonly Sent[]): Sample[] {
  const byId = new Map<string, Sample>()
  for (const { requests, acknowledged } of sent) {
    for (const number of acknowledged) {
      for (const sample of requests[number % requests.length]!.samples) byId.set(sample.id, sample)
    }
  }
  return [...byId.values()]
}

export function countItems(sent: readonly Sent[]): number {
  return sent.reduce(
    (sum, { requests, acknowledged }) =>
      sum +
      acknowledged.reduce((items, number) => items + requests[number % requests.length]!.items, 0),
    0,
  )
}

export const noTotals: Totals = {
  items: 0,
  errors: 0,
  sum: 0n,
  checksum: 0n,
  rolledUp: 0,
  rolledUpErrors: 0,
}
const figures = ['items', 'errors', 'sum', 'checksum', 'rolledUp', 'rolledUpErrors'] as const
