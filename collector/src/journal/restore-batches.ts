import type { Closing } from './committer.ts'
import type { Families } from './families.ts'
import type { BatchGatherer, GatheredBatch } from './gather-batches.ts'
import { JournalBatch, sumRows, type BatchDeps } from './journal-batch.ts'
import type { Ledger } from './ledger.ts'
import { derivationVersion, type Seal } from './notes.ts'
import { readMembers } from './read-members.ts'
import type { Recovery } from './recovery.ts'

interface Deps {
  batchDeps: BatchDeps
  ledger: Ledger
  families: Families
  now: () => number
  seal: (closing: Closing) => void
  shelve: (batch: JournalBatch) => void
}

/** Puts what a start found where an uninterrupted life would have it. */
export async function restoreBatches(deps: Deps, recovery: Recovery): Promise<void> {
  const { ledger } = deps
  const { gathered } = recovery
  for (const { value, segment } of gathered.aborts) {
    const others = ledger.segments.filter((number) => number !== segment)
    ledger.keepAbort(value, others, segment)
  }
  for (const [batch, segment] of gathered.done) {
    ledger.keepDone(batch, gathered.memberSegments.get(batch) ?? [], segment)
  }
  restoreFamilies(deps, gathered)

  const batches = [...gathered.batches.values()]
  for (const batch of batches.toSorted((a, b) => a.firstSequence - b.firstSequence)) {
    await restoreBatch(deps, batch, recovery)
  }
}

function restoreFamilies({ families, ledger }: Deps, gathered: BatchGatherer): void {
  const isAlive = (batch: bigint): boolean =>
    gathered.batches.has(batch) || childrenOf(gathered, batch).some(isAlive)

  for (const [parent, halves] of gathered.splits) {
    const living = childrenOf(gathered, parent).filter(isAlive)
    if (living.length === 0) continue
    families.split(parent, living)
    for (const segment of gathered.memberSegments.get(parent) ?? []) ledger.hold(segment, parent)
    for (const { segment } of halves) ledger.hold(segment, parent)
  }
}

function childrenOf({ splits }: BatchGatherer, parent: bigint): bigint[] {
  const halves = splits.get(parent) ?? []
  return [...new Set(halves.flatMap(({ value }) => [value.batch, value.sibling]))]
}

async function restoreBatch(deps: Deps, found: GatheredBatch, recovery: Recovery): Promise<void> {
  const { batchDeps, ledger, now, seal: sealBatch, shelve } = deps
  const { id, projectNumber, oldestMs } = found
  const extents = found.extents.build()
  const noted = recovery.gathered.seals.get(id)
  for (const segment of extents.keys()) ledger.hold(segment, id)
  if (noted !== undefined) ledger.hold(noted.segment, id)

  const common = { projectNumber, oldestMs, extents, payloads: undefined, mayBeStored: true }
  if (noted !== undefined && found.requests >= noted.value.requests) {
    shelve(new JournalBatch(batchDeps, { ...common, seal: noted.value }))
    return
  }

  const payloads = (await readMembers(batchDeps, extents)).map(({ payload }) => payload)
  const rows = sumRows(batchDeps.countRows, found.kind, payloads)
  const survivors = { requests: payloads.length, rows }
  if (noted !== undefined) {
    shelve(new JournalBatch(batchDeps, { ...common, seal: noted.value, survivors }))
    return
  }

  // It was open, or its SEAL is damaged; then members may be too, where anything is.
  const isSuspect = recovery.damagedRecords > 0
  sealBatch({
    batch: found,
    projectNumber,
    seal: () => sealOf(found, rows, now()),
    sealed: (seal, segment) => {
      ledger.hold(segment, id)
      shelve(new JournalBatch(batchDeps, { ...common, seal, ...(isSuspect && { survivors }) }))
    },
  })
}

function sealOf(found: GatheredBatch, rows: Seal['rows'], sealedMs: number): Seal {
  const { id, kind, day, firstSequence, lastSequence, requests, items, bytes } = found
  const span = { firstSequence, lastSequence }
  const sizes = { requests, items, bytes }
  return {
    batch: id,
    parent: 0n,
    sibling: 0n,
    kind,
    day,
    derivationVersion,
    ...span,
    ...sizes,
    sealedMs,
    rows,
  }
}
