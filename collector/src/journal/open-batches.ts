import type { CheckedRequest, SignalKind } from './checked-request.ts'
import { ExtentsBuilder } from './extents.ts'
import type { JournalLimits } from './limits.ts'

/** A batch that still takes members. */
export interface OpenBatch {
  readonly id: bigint
  readonly kind: SignalKind
  readonly projectNumber: number
  readonly day: number
  requests: number
  items: number
  bytes: number
  rows: Map<string, number>
  firstSequence: number
  lastSequence: number
  oldestMs: number
  extents: ExtentsBuilder
  /** Undefined once memory ran short: then the files are read. */
  payloads: Uint8Array[] | undefined
}

interface Deps {
  limits: Pick<JournalLimits, 'batchBytesMax' | 'batchRowsMax'>
  newId: () => bigint
  opened: (batch: OpenBatch) => void
  closed: (batch: OpenBatch) => void
}

const dayMs = 86_400_000
const ownDaysMax = 7

/** Gives every request its batch: the open one of its project, kind and UTC day. */
export class OpenBatches {
  readonly #deps: Deps
  readonly #open = new Map<string, OpenBatch>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get count(): number {
    return this.#open.size
  }

  /** Counts the request in; `undo` counts it out again if it could not be written. */
  assign(request: CheckedRequest): OpenBatch {
    const { batchBytesMax, batchRowsMax } = this.#deps.limits
    const day = batchDay(request)
    const key = batchKey(request.projectNumber, request.kind, day)

    let batch = this.#open.get(key)
    if (batch !== undefined && this.#wouldOverflow(batch, request)) {
      this.close(batch)
      batch = undefined
    }
    if (batch === undefined) {
      batch = newBatch(this.#deps.newId(), request, day)
      this.#open.set(key, batch)
      this.#deps.opened(batch)
    }
    count(batch, request, 1)
    if (batch.bytes >= batchBytesMax || rowsOfLargestTable(batch) >= batchRowsMax) this.close(batch)
    return batch
  }

  /** @returns whether the batch is empty now: it is then forgotten, its id unused */
  undo(batch: OpenBatch, request: CheckedRequest): boolean {
    count(batch, request, -1)
    if (batch.requests > 0) return false
    this.#forget(batch)
    return true
  }

  has(batch: OpenBatch): boolean {
    return this.#open.get(batchKey(batch.projectNumber, batch.kind, batch.day)) === batch
  }

  /** Ends a batch; a second time does nothing. */
  close(batch: OpenBatch): void {
    if (this.#forget(batch)) this.#deps.closed(batch)
  }

  closeAll(): void {
    for (const batch of this.#open.values()) this.close(batch)
  }

  oldestMs(): number {
    return Math.min(...[...this.#open.values()].map(({ oldestMs }) => oldestMs))
  }

  #forget(batch: OpenBatch): boolean {
    const key = batchKey(batch.projectNumber, batch.kind, batch.day)
    return this.#open.get(key) === batch && this.#open.delete(key)
  }

  #wouldOverflow(batch: OpenBatch, { bytes, rows }: CheckedRequest): boolean {
    const { batchBytesMax, batchRowsMax } = this.#deps.limits
    if (batch.bytes + bytes.length > batchBytesMax) return true
    return Object.entries(rows).some(
      ([table, n]) => n > 0 && (batch.rows.get(table) ?? 0) + n > batchRowsMax,
    )
  }
}

/**
 * Days older than a week share a batch, 0: a sender with months of backlog must not open a batch per
 * day. So do days after tomorrow, which only a wrong clock sends.
 */
export function batchDay({ day, receivedMs }: Pick<CheckedRequest, 'day' | 'receivedMs'>): number {
  const ageDays = Math.floor(receivedMs / dayMs) - day
  return ageDays > ownDaysMax || ageDays < -1 ? 0 : day
}

function batchKey(projectNumber: number, kind: SignalKind, day: number): string {
  return `${projectNumber}/${kind}/${day}`
}

function newBatch(id: bigint, { kind, projectNumber }: CheckedRequest, day: number): OpenBatch {
  return {
    id,
    kind,
    projectNumber,
    day,
    requests: 0,
    items: 0,
    bytes: 0,
    rows: new Map(),
    firstSequence: Infinity,
    lastSequence: 0,
    oldestMs: Infinity,
    extents: new ExtentsBuilder(),
    payloads: [],
  }
}

function count(batch: OpenBatch, request: CheckedRequest, sign: 1 | -1): void {
  batch.requests += sign
  batch.items += sign * request.items
  batch.bytes += sign * request.bytes.length
  for (const [table, n] of Object.entries(request.rows)) {
    const rows = (batch.rows.get(table) ?? 0) + sign * n
    if (rows > 0) batch.rows.set(table, rows)
    else batch.rows.delete(table)
  }
}

function rowsOfLargestTable({ rows }: OpenBatch): number {
  return Math.max(0, ...rows.values())
}
