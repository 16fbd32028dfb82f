import { ExtentsBuilder } from './extents.ts'
import { JournalBatch, sumRows, type BatchDeps } from './journal-batch.ts'
import { derivationVersion, type Seal } from './notes.ts'
import type { Member } from './read-members.ts'

/**
 * Halves of a batch, by the order of arrival. Nothing of it may be stored: the halves count apart.
 *
 * @returns undefined where there are not two requests to part
 */
export async function splitBatch(
  deps: BatchDeps & { now: () => number },
  parent: JournalBatch,
  newIds: () => Promise<readonly [bigint, bigint]>,
): Promise<[JournalBatch, Seal][] | undefined> {
  const members = await parent.readMembers()
  if (members.length < 2) return undefined
  const middle = Math.ceil(members.length / 2)
  const [left, right] = await newIds()
  return [
    half(deps, parent, { batch: left, sibling: right, members: members.slice(0, middle) }),
    half(deps, parent, { batch: right, sibling: left, members: members.slice(middle) }),
  ]
}

function half(
  deps: BatchDeps & { now: () => number },
  parent: JournalBatch,
  { batch, sibling, members }: { batch: bigint; sibling: bigint; members: Member[] },
): [JournalBatch, Seal] {
  const extents = new ExtentsBuilder()
  for (const { segment, startBytes, endBytes } of members) {
    extents.add(segment, startBytes, endBytes)
  }
  const payloads = members.map(({ payload }) => payload)
  const seal: Seal = {
    batch,
    parent: parent.id,
    sibling,
    kind: parent.kind,
    day: parent.day,
    derivationVersion,
    firstSequence: members[0]?.sequence ?? 0,
    lastSequence: members.at(-1)?.sequence ?? 0,
    requests: members.length,
    items: members.reduce((sum, { items }) => sum + items, 0),
    bytes: payloads.reduce((sum, { length }) => sum + length, 0),
    sealedMs: deps.now(),
    rows: sumRows(deps.countRows, parent.kind, payloads),
  }
  const { projectNumber, oldestMs } = parent
  const child = new JournalBatch(deps, {
    seal,
    projectNumber,
    oldestMs,
    extents: extents.build(),
    payloads: undefined,
    mayBeStored: false,
  })
  return [child, seal]
}
