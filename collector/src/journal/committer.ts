import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Logger } from 'pino'
import type { BatchIds } from './batch-ids.ts'
import type { CheckedRequest } from './checked-request.ts'
import { encodeGroup, type RecordToWrite } from './encode-group.ts'
import { JournalBroken } from './journal-errors.ts'
import type { JournalLimits } from './limits.ts'
import {
  derivationVersion,
  encodeAbort,
  encodeSeal,
  type Seal,
  type SequenceRange,
} from './notes.ts'
import { OpenBatches, type OpenBatch } from './open-batches.ts'
import { otlpProtobuf, recordKinds } from './record-header.ts'
import { segmentHeaderBytes } from './segment-header.ts'
import { NoRoom, type SegmentWriter } from './segment-writer.ts'

export interface Note {
  kind: number
  projectNumber: number
  batch: bigint
  payload: Buffer
}

/** A batch that waits for its SEAL. */
export interface Closing {
  batch: { readonly id: bigint }
  projectNumber: number
  seal: () => Seal
  sealed: (seal: Seal, segment: number) => void
}

/** Where a request's record is. */
export interface Place {
  segment: number
  sequence: number
  startBytes: number
  endBytes: number
}

interface Deps {
  limits: JournalLimits
  writer: SegmentWriter
  ids: BatchIds
  nextSequence: number
  nextSegment: number
  now: () => number
  log: Logger
  /** Makes the next block of batch ids durable. */
  reserveIds: () => Promise<void>
  batchOpened: (batch: OpenBatch) => void
  /** The request's record is durable. */
  written: (batch: OpenBatch, request: CheckedRequest, place: Place) => void
  sealed: (batch: OpenBatch, seal: Seal, segment: number) => void
  segmentStarted: (segment: number, bytes: number) => void
  segmentGrew: (segment: number, bytes: number) => void
  segmentEnded: (segment: number) => void
  aborted: (ranges: readonly SequenceRange[], about: ReadonlySet<number>, segment: number) => void
  /** The disk had no room although the marks said it does. */
  ranOutOfRoom: () => void
}

type Settled = Place | 'full'

type UnnumberedRecord = Omit<RecordToWrite, 'header'> & {
  header: Omit<RecordToWrite['header'], 'sequence'>
}

interface Placed {
  segment: number
  places: Place[]
}

interface WaitingRequest {
  request: CheckedRequest
  settle: (outcome: Settled) => void
  fail: (error: JournalBroken) => void
}

interface WaitingNotes {
  build: () => Note[]
  settle: (segment: number) => void
  fail: (error: unknown) => void
}

interface Group {
  closings: Closing[]
  notes: WaitingNotes[]
  requests: WaitingRequest[]
}

/**
 * The commit loop: takes what waits, writes it with one `writev`, syncs once, answers all, while the
 * next group forms. No timer: the disk's own latency is the window.
 *
 * A refusal is answered only when it will hold: after the cut was synced, or the ABORT.
 */
export class Committer {
  readonly open: OpenBatches
  readonly #deps: Deps
  #requests: WaitingRequest[] = []
  #notes: WaitingNotes[] = []
  #closings: Closing[] = []
  #queueBytes = 0
  #nextSequence: number
  #nextSegment: number
  #running: Promise<void> | undefined
  /** Sequences that may be in a file although they were refused, and the files. */
  #aborts: SequenceRange[] = []
  #abortedIn = new Set<number>()
  #failed = false
  #retryTimer: NodeJS.Timeout | undefined
  #segmentTimer: NodeJS.Timeout | undefined
  #segmentIsOld = false

  constructor(deps: Deps) {
    this.#deps = deps
    this.#nextSequence = deps.nextSequence
    this.#nextSegment = deps.nextSegment
    this.open = new OpenBatches({
      limits: deps.limits,
      newId: () => deps.ids.take(),
      opened: deps.batchOpened,
      closed: (batch) => this.#close(batch),
    })
  }

  get failed(): boolean {
    return this.#failed
  }

  get queueBytes(): number {
    return this.#queueBytes
  }

  get nextSequence(): number {
    return this.#nextSequence
  }

  get nextSegment(): number {
    return this.#nextSegment
  }

  get closingCount(): number {
    return this.#closings.length
  }

  /** @throws JournalBroken */
  append(request: CheckedRequest): Promise<Settled> {
    const { limits } = this.#deps
    if (this.#failed) return Promise.reject(this.#broken('the disk failed earlier'))
    const queueBytes = this.#queueBytes + request.bytes.length
    if (queueBytes > limits.queueBytesMax && this.#requests.length > 0) {
      return Promise.resolve('full')
    }
    this.#queueBytes = queueBytes
    return new Promise((settle, fail) => {
      this.#requests.push({ request, settle, fail })
      this.kick()
    })
  }

  /**
   * Writes notes with the next group, `build` being called when that is put together.
   * @returns the segment they are in
   */
  writeNotes(build: () => Note[]): Promise<number> {
    if (this.#failed) return Promise.reject(this.#broken('the disk failed earlier'))
    return new Promise((settle, fail) => {
      this.#notes.push({ build, settle, fail })
      this.kick()
    })
  }

  /** Seals with the next group; tried again until it is durable. */
  seal(closing: Closing): void {
    this.#closings.push(closing)
    this.kick()
  }

  /** Seals what is open, and resolves when that and all before it is durable. */
  async flush(): Promise<void> {
    await this.writeNotes(() => []) // what waits joins its batch first
    this.open.closeAll()
    await this.writeNotes(() => [])
  }

  /** Goes on with what waits, if the disk is not known to be broken. */
  kick(): void {
    if (!this.#failed) this.#start()
  }

  async stop(): Promise<void> {
    await this.flush().catch((error: unknown) => {
      this.#deps.log.error({ err: error }, 'The last journal flush failed')
    })
    await this.#running
    clearTimeout(this.#retryTimer)
    await this.#endSegment()
  }

  #start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    await Promise.resolve() // whoever asks in this turn joins the first group
    try {
      while (this.#hasWork()) {
        const goesOn = await this.#commitNext()
        if (!goesOn) return
      }
    } finally {
      this.#running = undefined // in the same turn as the last look: nobody waits unseen
    }
  }

  /** @returns false where the disk takes nothing more for now */
  async #commitNext(): Promise<boolean> {
    try {
      await this.#prepare()
    } catch (error) {
      return this.#giveUp(error)
    }
    const group = this.#take()
    try {
      await this.#commit(group)
      return true
    } catch (error) {
      if (error instanceof NoRoom) {
        this.#refuse(group, error)
        return this.#giveUp(error)
      }
      this.#failed = true
      try {
        await this.#prepare() // the ABORT goes ahead of the answers
      } catch (again) {
        this.#refuse(group, error)
        return this.#giveUp(again)
      }
      this.#refuse(group, error)
      return true
    }
  }

  #hasWork(): boolean {
    const waiting = this.#requests.length + this.#notes.length + this.#closings.length
    return waiting > 0 || this.#failed || this.#segmentIsOld
  }

  /** Whatever must be durable before the next group. */
  async #prepare(): Promise<void> {
    const { ids, limits, log, reserveIds } = this.#deps
    if (this.#segmentIsOld) await this.#endSegment()
    if (this.#failed) await this.#startSegment(0)
    if (this.#aborts.length > 0) await this.#writeAborts()
    if (!ids.has(limits.groupRequestsMax * 2)) {
      const { epoch } = ids
      await reserveIds()
      if (epoch !== ids.epoch) this.open.closeAll()
    }
    if (this.#failed) log.warn('The journal goes on in another segment')
    this.#failed = false
  }

  #take(): Group {
    const { groupBytesMax, groupRequestsMax } = this.#deps.limits
    let bytes = 0
    let count = 0
    for (const { request } of this.#requests) {
      bytes += request.bytes.length
      if (count > 0 && (bytes > groupBytesMax || count === groupRequestsMax)) break
      this.#queueBytes -= request.bytes.length
      count++
    }
    const requests = this.#requests.splice(0, count)
    return { closings: this.#closings.splice(0), notes: this.#notes.splice(0), requests }
  }

  async #commit({ closings, notes, requests }: Group): Promise<void> {
    const seals = closings.map((closing) => ({ closing, seal: closing.seal() }))
    const noteRecords = [
      ...seals.map(({ closing, seal }) => sealNote(closing, seal)),
      ...notes.flatMap(({ build }) => build()),
    ].map((note) => this.#noteRecord(note))
    const members = requests.map((waiting) => {
      const batch = this.open.assign(waiting.request)
      return { waiting, batch, record: requestRecord(waiting.request, batch) }
    })

    let placed: Placed
    try {
      placed = await this.#write([...noteRecords, ...members.map(({ record }) => record)])
    } catch (error) {
      for (const { waiting, batch } of members) {
        const isEmpty = this.open.undo(batch, waiting.request)
        if (isEmpty) this.#closings = this.#closings.filter((closing) => closing.batch !== batch)
      }
      throw error
    }

    const { segment, places } = placed
    for (const [i, { waiting, batch }] of members.entries()) {
      const place = places[noteRecords.length + i]
      assert(place !== undefined)
      this.#deps.written(batch, waiting.request, place)
      waiting.settle(place)
    }
    for (const { closing, seal } of seals) closing.sealed(seal, segment)
    for (const { settle } of notes) settle(segment)
  }

  /** @throws NoRoom, Unsynced: of the records nothing counts then */
  async #write(records: readonly UnnumberedRecord[]): Promise<Placed> {
    const { writer, segmentGrew, segmentEnded } = this.#deps
    const first = this.#nextSequence
    const numbered = records.map(({ header, payload }, i) => ({
      header: { ...header, sequence: first + i },
      payload,
    }))
    const { buffers, lengthBytes, starts } = encodeGroup(numbered)
    if (lengthBytes === 0) return { segment: writer.active?.number ?? 0, places: [] }

    const segment = await this.#startSegment(lengthBytes)
    try {
      const at = await writer.append(buffers, lengthBytes)
      this.#nextSequence += records.length
      segmentGrew(segment, lengthBytes)
      const places = starts.map((start, i) => ({
        segment,
        sequence: first + i,
        startBytes: at + start,
        endBytes: at + (starts[i + 1] ?? lengthBytes),
      }))
      return { segment, places }
    } catch (error) {
      if (!(error instanceof NoRoom)) {
        this.#nextSequence += records.length
        this.#aborts.push({ first, last: this.#nextSequence - 1 })
        this.#abortedIn.add(segment)
        segmentEnded(segment)
      }
      throw error
    }
  }

  async #writeAborts(): Promise<void> {
    const ranges = [...this.#aborts]
    const about = new Set(this.#abortedIn)
    const note = {
      kind: recordKinds.abort,
      projectNumber: 0,
      batch: 0n,
      payload: encodeAbort(ranges),
    }
    const { segment } = await this.#write([this.#noteRecord(note)])
    this.#aborts = []
    this.#abortedIn.clear()
    this.#deps.aborted(ranges, about, segment)
  }

  /** @returns the active segment, a new one unless `lengthBytes` more fit */
  async #startSegment(lengthBytes: number): Promise<number> {
    const { writer, ids, limits, segmentStarted } = this.#deps
    const { active } = writer
    if (active !== undefined) {
      const isEmpty = active.sizeBytes === segmentHeaderBytes
      const fits = isEmpty || active.sizeBytes + lengthBytes <= limits.segmentBytesMax
      if (fits && active.epoch === ids.epoch) return active.number
    }
    await this.#endSegment()
    const number = this.#nextSegment
    try {
      await writer.start(number, this.#nextSequence, ids.epoch)
    } finally {
      this.#nextSegment++ // a failed start may leave its file behind
    }
    segmentStarted(number, segmentHeaderBytes)
    this.#segmentTimer = setTimeout(() => {
      this.#segmentIsOld = true
      this.kick()
    }, limits.segmentAgeMs).unref()
    return number
  }

  async #endSegment(): Promise<void> {
    const { writer, segmentEnded } = this.#deps
    const number = writer.active?.number
    clearTimeout(this.#segmentTimer)
    this.#segmentIsOld = false
    await writer.close()
    if (number !== undefined) segmentEnded(number)
  }

  #close(batch: OpenBatch): void {
    const { now, sealed } = this.#deps
    this.seal({
      batch,
      projectNumber: batch.projectNumber,
      seal: () => sealOf(batch, now()),
      sealed: (seal, segment) => sealed(batch, seal, segment),
    })
  }

  #refuse({ closings, notes, requests }: Group, error: unknown): void {
    this.#closings.unshift(...closings)
    for (const { fail } of notes) fail(error)
    for (const { settle, fail } of requests) {
      if (error instanceof NoRoom) settle('full')
      else fail(this.#broken(error))
    }
  }

  /** Ends this run; what waits is refused, seals are kept. */
  #giveUp(error: unknown): false {
    const { limits, log, ranOutOfRoom } = this.#deps
    this.#refuse(
      { closings: [], notes: this.#notes.splice(0), requests: this.#requests.splice(0) },
      error,
    )
    this.#queueBytes = 0
    if (error instanceof NoRoom) {
      ranOutOfRoom()
      return false
    }
    log.error({ err: error, retryMs: limits.brokenRetryMs }, 'The journal cannot be written')
    this.#failed = true
    this.#retryTimer = setTimeout(() => this.#start(), limits.brokenRetryMs).unref()
    return false
  }

  #broken(cause: unknown): JournalBroken {
    return new JournalBroken(this.#deps.limits.brokenRetryMs, cause)
  }

  #noteRecord({ kind, projectNumber, batch, payload }: Note): UnnumberedRecord {
    const { ids, now } = this.#deps
    return {
      header: {
        kind,
        flags: 0,
        format: 0,
        projectNumber,
        keyId: 0,
        batch: Number(BigInt.asUintN(32, batch)),
        items: 0,
        rows: 0,
        day: 0,
        epoch: ids.epoch,
        receivedMs: now(),
        bodyHash: 0n,
      },
      payload,
    }
  }
}

function requestRecord(request: CheckedRequest, batch: OpenBatch): UnnumberedRecord {
  const { kind, projectNumber, keyId, bytes, items, rows, day, receivedMs } = request
  return {
    header: {
      kind: recordKinds[kind],
      flags: 0,
      format: otlpProtobuf,
      projectNumber,
      keyId,
      batch: Number(BigInt.asUintN(32, batch.id)),
      items,
      rows: Object.values(rows).reduce((sum, n) => sum + n, 0),
      day: Math.min(Math.max(day, 0), 0xffff),
      epoch: Number(batch.id >> 32n),
      receivedMs,
      bodyHash: hash('sha256', bytes, 'buffer').readBigUInt64LE(),
    },
    payload: bytes,
  }
}

function sealNote({ projectNumber }: Closing, seal: Seal): Note {
  return { kind: recordKinds.seal, projectNumber, batch: seal.batch, payload: encodeSeal(seal) }
}

function sealOf(batch: OpenBatch, sealedMs: number): Seal {
  const { kind, day, firstSequence, lastSequence, requests, items, bytes } = batch
  return {
    batch: batch.id,
    parent: 0n,
    sibling: 0n,
    kind,
    day,
    derivationVersion,
    firstSequence,
    lastSequence,
    requests,
    items,
    bytes,
    sealedMs,
    rows: Object.fromEntries(batch.rows),
  }
}
