import type { Batch } from './batch.ts'
import type { RowCounts, SignalKind } from './checked-request.ts'
import type { Disk } from './disk.ts'
import type { Extents } from './extents.ts'
import type { Seal } from './notes.ts'
import { memberRuns, readMembers, type Member } from './read-members.ts'

export type CountRows = (kind: SignalKind, bytes: Uint8Array) => Record<string, number>

export interface BatchDeps {
  disk: Disk
  dir: string
  countRows: CountRows
  /** Members of a sealed batch could not be read back. */
  damaged: (batch: bigint, requests: number) => void
}

interface Parts {
  seal: Seal
  projectNumber: number
  oldestMs: number
  extents: Extents
  /** The members' bytes, while memory is plenty. */
  payloads: Uint8Array[] | undefined
  mayBeStored: boolean
  /** What a start found of a damaged batch. */
  survivors?: { requests: number; rows: RowCounts }
}

/** A sealed batch that is not released yet. */
export class JournalBatch implements Batch {
  readonly id: bigint
  readonly kind: SignalKind
  readonly projectNumber: number
  readonly day: number
  readonly items: number
  readonly bytes: number
  readonly requests: number
  readonly rows: RowCounts
  survivingRows: RowCounts
  isDamaged: boolean
  mayBeStored: boolean
  readonly sealedMs: number
  readonly oldestMs: number
  readonly extents: Extents
  readonly #deps: BatchDeps
  #payloads: Uint8Array[] | undefined
  #readableRequests: number

  constructor(deps: BatchDeps, parts: Parts) {
    const { seal } = parts
    this.#deps = deps
    this.id = seal.batch
    this.kind = seal.kind
    this.projectNumber = parts.projectNumber
    this.day = seal.day
    this.items = seal.items
    this.bytes = seal.bytes
    this.requests = seal.requests
    this.rows = seal.rows
    this.survivingRows = parts.survivors?.rows ?? seal.rows
    this.isDamaged = parts.survivors !== undefined
    this.#readableRequests = parts.survivors?.requests ?? seal.requests
    this.mayBeStored = parts.mayBeStored
    this.sealedMs = seal.sealedMs
    this.oldestMs = parts.oldestMs
    this.extents = parts.extents
    this.#payloads = parts.payloads
  }

  get payloads(): readonly Uint8Array[] | undefined {
    return this.#payloads
  }

  /** From now on it is read from the files. @returns what it held; who streams it already goes on */
  letGo(): readonly Uint8Array[] | undefined {
    const payloads = this.#payloads
    this.#payloads = undefined
    return payloads
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    if (this.#payloads !== undefined) {
      yield* joined(this.#payloads)
      return
    }
    let requests = 0
    for await (const run of memberRuns(this.#deps, this.extents)) {
      requests += run.length
      if (run.length > 0) yield compacted(run)
    }
    if (requests < this.#readableRequests) await this.readMembers() // counts what is left
  }

  async readMembers(): Promise<Member[]> {
    const members = await readMembers(this.#deps, this.extents)
    const lostRequests = this.#readableRequests - members.length
    if (lostRequests > 0) {
      const payloads = members.map(({ payload }) => payload)
      this.survivingRows = sumRows(this.#deps.countRows, this.kind, payloads)
      this.isDamaged = true
      this.#readableRequests = members.length
      this.#deps.damaged(this.id, lostRequests)
    }
    return members
  }
}

/** Rows of several requests, by table. */
export function sumRows(
  countRows: CountRows,
  kind: SignalKind,
  payloads: readonly Uint8Array[],
): Record<string, number> {
  const sum = new Map<string, number>()
  for (const payload of payloads) {
    for (const [table, rows] of Object.entries(countRows(kind, payload))) {
      sum.set(table, (sum.get(table) ?? 0) + rows)
    }
  }
  return Object.fromEntries(sum)
}

/** The payloads of a window without the headers between them, moved together where they lie. */
function compacted(run: readonly Member[]): Uint8Array {
  const [first] = run
  const bytes = new Uint8Array(first!.payload.buffer) // a run is not empty; its window is ours alone
  const start = first!.payload.byteOffset
  let at = start
  for (const { payload } of run) {
    if (payload.byteOffset !== at) {
      bytes.copyWithin(at, payload.byteOffset, payload.byteOffset + payload.length)
    }
    at += payload.length
  }
  return bytes.subarray(start, at)
}

const joinedBytesMax = 2 ** 18
const smallBytesMax = 2 ** 12

/** Small payloads in few pieces: copying them costs less than a write to the socket for each. */
function* joined(payloads: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = []
  let smallBytes = 0
  for (const payload of payloads) {
    if (smallBytes + payload.length > joinedBytesMax || payload.length > smallBytesMax) {
      if (smallBytes > 0) yield Buffer.concat(small, smallBytes)
      small = []
      smallBytes = 0
    }
    if (payload.length > smallBytesMax) yield payload
    else {
      small.push(payload)
      smallBytes += payload.length
    }
  }
  if (smallBytes > 0) yield Buffer.concat(small, smallBytes)
}
