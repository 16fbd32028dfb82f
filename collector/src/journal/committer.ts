import assert from 'node:assert/strict'
import type { Logger } from 'pino'
import { fault } from '../fault.ts'
import type { BatchIds } from './batch-ids.ts'
import type { CheckedRequest } from './checked-request.ts'
import { JournalBroken } from './journal-errors.ts'
import { assertWritable, noteRecord, requestRecord, sealOf, type Note } from './journal-records.ts'
import type { JournalLimits } from './limits.ts'
import { encodeSeal, type Seal } from './notes.ts'
import { OpenBatches, type OpenBatch } from './open-batches.ts'
import { recordKinds } from './record-header.ts'
import type { Place, RecordLog } from './record-log.ts'
import { isNoRoom } from './segment-writer.ts'

/** A batch that waits for its SEAL. */
export interface Closing {
  batch: { readonly id: bigint; readonly oldestMs: number }
  projectNumber: number
  seal: () => Seal
  sealed: (seal: Seal, segment: number) => void
}

interface Deps {
  limits: JournalLimits
  records: RecordLog
  ids: BatchIds
  now: () => number
  log: Logger
  /** Makes the next block of batch ids durable. */
  reserveIds: () => Promise<void>
  batchOpened: (batch: OpenBatch) => void
  /** The request's record is durable. */
  written: (batch: OpenBatch, request: CheckedRequest, place: Place) => void
  sealed: (batch: OpenBatch, seal: Seal, segment: number) => void
  /** The disk had no room although the marks said it has. */
  ranOutOfRoom: () => void
}

interface WaitingRequest {
  request: CheckedRequest
  settle: (outcome: Place | 'full') => void
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
  /** Their SEAL is being written. */
  #sealing: readonly Closing[] = []
  #queueBytes = 0
  #running: Promise<void> | undefined
  #failed = false
  #retryTimer: NodeJS.Timeout | undefined

  constructor(deps: Deps) {
    this.#deps = deps
    this.open = new OpenBatches({
      limits: deps.limits,
      newId: () => deps.ids.take(),
      opened: deps.batchOpened,
      closed: (batch) => this.#close(batch),
    })
  }

  /** The disk failed twice in a row; tried again after `brokenRetryMs`. */
  get failed(): boolean {
    return this.#failed
  }

  get queueBytes(): number {
    return this.#queueBytes
  }

  /** Batches that take no more members and are not sealed yet. */
  get closings(): readonly Closing[] {
    return [...this.#sealing, ...this.#closings]
  }

  /** @throws JournalBroken */
  async append(request: CheckedRequest): Promise<Place | 'full'> {
    assertWritable(request)
    if (this.#failed) throw this.#broken('the disk failed earlier')
    const queueBytes = this.#queueBytes + request.bytes.length
    const isBeyond = queueBytes > this.#deps.limits.queueBytesMax
    if (isBeyond && this.#requests.length > 0) return 'full' // a larger one than the bound goes alone
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
  async writeNotes(build: () => Note[]): Promise<number> {
    if (this.#failed) throw this.#broken('the disk failed earlier')
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
    await this.#deps.records.endSegment()
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

  #hasWork(): boolean {
    const waiting = this.#requests.length + this.#notes.length + this.#closings.length
    const { isOld, owesAbort } = this.#deps.records
    return waiting > 0 || this.#failed || isOld || owesAbort
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
      if (isNoRoom(error)) {
        this.#refuse(group, error)
        return this.#giveUp(error)
      }
      this.#deps.log.error({ err: error }, 'The journal could not write a segment and leaves it')
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

  /** Whatever must be durable before the next group. */
  async #prepare(): Promise<void> {
    const { ids, limits, log, records, reserveIds } = this.#deps
    await records.endOldSegment()
    if (this.#failed) await records.startSegment(0)
    await records.revokeFailed()
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
    this.#sealing = this.#closings.splice(0)
    return { closings: [...this.#sealing], notes: this.#notes.splice(0), requests }
  }

  async #commit({ closings, notes, requests }: Group): Promise<void> {
    const { ids, now, records, written } = this.#deps
    const origin = { epoch: ids.epoch, receivedMs: now() }
    const seals = closings.map((closing) => ({ closing, seal: closing.seal() }))
    const noteRecords = [
      ...seals.map(({ closing, seal }) => sealNote(closing, seal)),
      ...notes.flatMap(({ build }) => build()),
    ].map((note) => noteRecord(note, origin))
    const members = requests.map((waiting) => {
      const batch = this.open.assign(waiting.request)
      return { waiting, batch, record: requestRecord(waiting.request, batch) }
    })

    let segment = 0
    let places: Place[] = []
    if (noteRecords.length + members.length > 0) {
      try {
        if (seals.length > 0) await fault('journal.seal')
        const memberRecords = members.map(({ record }) => record)
        ;({ segment, places } = await records.write([...noteRecords, ...memberRecords]))
      } catch (error) {
        for (const { waiting, batch } of members) this.#undo(batch, waiting.request)
        throw error
      }
    }

    for (const [i, { waiting, batch }] of members.entries()) {
      const place = places[noteRecords.length + i]
      assert(place !== undefined)
      written(batch, waiting.request, place)
      waiting.settle(place)
    }
    this.#sealing = []
    for (const { closing, seal } of seals) closing.sealed(seal, segment)
    for (const { settle } of notes) settle(segment)
  }

  #undo(batch: OpenBatch, request: CheckedRequest): void {
    const isEmpty = this.open.undo(batch, request)
    if (isEmpty) this.#closings = this.#closings.filter((closing) => closing.batch !== batch)
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
    this.#sealing = []
    this.#closings.unshift(...closings)
    for (const { fail } of notes) fail(error)
    for (const { settle, fail } of requests) {
      if (isNoRoom(error)) settle('full')
      else fail(this.#broken(error))
    }
  }

  /** Ends this run: what waits is refused, seals are kept. */
  #giveUp(error: unknown): false {
    const { limits, log, ranOutOfRoom } = this.#deps
    const notes = this.#notes.splice(0)
    const requests = this.#requests.splice(0)
    this.#queueBytes = 0
    this.#refuse({ closings: [], notes, requests }, error)
    if (isNoRoom(error)) {
      this.#failed = false // the look at the room, not the retry, goes on from here
      ranOutOfRoom()
      return false
    }
    log.error({ err: error, retryMs: limits.brokenRetryMs }, 'The journal cannot be written')
    this.#failed = true
    this.#retryTimer = setTimeout(() => this.#start(), limits.brokenRetryMs)
    this.#retryTimer.unref()
    return false
  }

  #broken(cause: unknown): JournalBroken {
    return new JournalBroken(this.#deps.limits.brokenRetryMs, cause)
  }
}

function sealNote({ projectNumber }: Closing, seal: Seal): Note {
  return { kind: recordKinds.seal, projectNumber, batch: seal.batch, payload: encodeSeal(seal) }
}
