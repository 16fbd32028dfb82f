import { fault } from '../fault.ts'
import { BatchIds } from './batch-ids.ts'
import { BatchShelf } from './batch-shelf.ts'
import type { Batch } from './batch.ts'
import type { CheckedRequest } from './checked-request.ts'
import { Committer } from './committer.ts'
import { CursorKeeper } from './cursor-keeper.ts'
import type { Cursor } from './cursor.ts'
import { DeadLetters, type Burial } from './dead-letters.ts'
import type { Disk } from './disk.ts'
import { Families } from './families.ts'
import { HeldPayloads } from './held-payloads.ts'
import { JournalBatch, type BatchDeps } from './journal-batch.ts'
import type { Note } from './journal-records.ts'
import { Ledger } from './ledger.ts'
import type { AppendOutcome, Journal, JournalDeps, JournalStats } from './journal.ts'
import { batchAgeMsOf, type JournalLimits } from './limits.ts'
import { encodeDeath, encodeDone, encodeSeal, type Seal } from './notes.ts'
import type { OpenBatch } from './open-batches.ts'
import { recordKinds } from './record-header.ts'
import { RecordLog, type Place } from './record-log.ts'
import type { Recovery } from './recovery.ts'
import type { ResendGuard } from './resend-guard.ts'
import { restoreBatches } from './restore-batches.ts'
import { RoomWatch, type Marks } from './room.ts'
import { SegmentFreer } from './segment-freer.ts'
import { SegmentWriter } from './segment-writer.ts'
import { splitBatch } from './split-batch.ts'

interface Deps extends JournalDeps {
  disk: Disk
  limits: JournalLimits
  cursor: Cursor | undefined
  recovery: Recovery
  guard: ResendGuard
  marks: Marks
  lock: AsyncDisposable
}

/** Stands for the start itself, which needs every segment until it has read them. */
const recoveryHold = -1n

/** The journal at work: wires its parts, and keeps the books when they report. */
export class OpenedJournal implements Journal {
  readonly #deps: Deps
  readonly #batchDeps: BatchDeps
  readonly #ids: BatchIds
  readonly #ledger = new Ledger()
  readonly #families = new Families()
  readonly #shelf = new BatchShelf()
  readonly #held: HeldPayloads
  readonly #cursor: CursorKeeper
  readonly #records: RecordLog
  readonly #committer: Committer
  readonly #freer: SegmentFreer
  readonly #roomWatch: RoomWatch
  readonly deadLetters: DeadLetters
  recovered: Promise<void> = Promise.resolve()
  /** Sealed while older ones are still being looked for. */
  #sealedMeanwhile: JournalBatch[] | undefined = []
  #syncCount = 0
  #damagedRecords = 0
  readonly #openedMs: number
  #closed = false

  constructor(deps: Deps) {
    const { disk, dir, log, now, limits } = deps
    this.#deps = deps
    this.#openedMs = deps.now()
    this.#ids = new BatchIds(deps.cursor)
    this.#held = new HeldPayloads(limits.heldBytesMax)
    const { deadBytesMax: bytesMax, deadAgeMsMax: ageMsMax } = limits
    this.deadLetters = new DeadLetters({ disk, dir, log, now, bytesMax, ageMsMax })
    this.#cursor = new CursorKeeper({ disk, dir })
    this.#batchDeps = this.#batchCapabilities()
    this.#records = this.#openRecordLog()
    this.#committer = new Committer({
      limits,
      records: this.#records,
      ids: this.#ids,
      now,
      log,
      reserveIds: () => this.#reserveIds(),
      batchOpened: (batch) => {
        this.#closeInTime(batch)
      },
      written: (batch, request, place) => this.#written(batch, request, place),
      sealed: (batch, seal, segment) => this.#sealed(batch, seal, segment),
      ranOutOfRoom: () => this.#roomWatch.set('disk_full'),
    })
    this.#freer = new SegmentFreer({
      disk,
      dir,
      log,
      ledger: this.#ledger,
      writeNotes: (build) => this.#committer.writeNotes(build),
      writeCursor: (without) => this.#cursor.write(() => this.#cursorNow({ without })),
    })
    this.#roomWatch = new RoomWatch({
      log,
      marks: deps.marks,
      checkMs: limits.diskCheckMs,
      journalBytes: () => this.#ledger.bytes,
      readSpace: () => disk.space(dir),
      checked: () => this.#committer.kick(), // seals that found no room
    })
  }

  async start(): Promise<void> {
    const { log, recovery } = this.#deps
    await this.deadLetters.load()
    for (const { number, sizeBytes } of recovery.segments) {
      this.#ledger.addSegment(number, sizeBytes, true)
      this.#ledger.hold(number, recoveryHold)
    }
    await this.#roomWatch.check()
    this.recovered = this.#recover()
    this.recovered.catch((error: unknown) => {
      log.fatal({ err: error }, 'What the journal held before this start cannot be read')
    })
  }

  async append(request: CheckedRequest): Promise<AppendOutcome> {
    const { limits, guard } = this.#deps
    const { retryAfterMs } = limits
    if (!guard.isEmpty && (await guard.folds(request))) return { outcome: 'folded' }
    if (this.#closed || this.#roomWatch.room !== 'open') return { outcome: 'full', retryAfterMs }
    const place = await this.#committer.append(request)
    if (place === 'full') return { outcome: 'full', retryAfterMs }
    return { outcome: 'durable', segment: BigInt(place.segment), offsetBytes: place.startBytes }
  }

  undelivered(request: CheckedRequest, appended: Promise<AppendOutcome>): void {
    this.#deps.guard.remember(
      request,
      appended.then(
        ({ outcome }) => outcome !== 'full',
        () => false,
      ),
    )
  }

  async *sealed(signal: AbortSignal): AsyncGenerator<Batch> {
    await this.recovered // the oldest are known only now
    yield* this.#shelf.walk(signal)
  }

  async release(batch: Batch): Promise<void> {
    await this.#end(batch.id, [])
  }

  async bury(batch: Batch, reason: Burial): Promise<void> {
    const { id } = batch
    const sealed = this.#shelf.get(id)
    if (sealed === undefined) return
    await this.deadLetters.bury(sealed, reason)
    const death = { batch: id, code: reason.code ?? 0, message: reason.message }
    await this.#end(id, [this.#note(recordKinds.dead, sealed, encodeDeath(death))])
  }

  async split(batch: Batch): Promise<Batch[]> {
    const { now } = this.#deps
    const parent = this.#shelf.get(batch.id)
    if (parent === undefined) return []
    const halves = await splitBatch({ ...this.#batchDeps, now }, parent, () => this.#newIds())
    if (halves === undefined) return []
    const segment = await this.#committer.writeNotes(() =>
      halves.map(([child, seal]) => this.#note(recordKinds.split, child, encodeSeal(seal))),
    )
    this.#shelf.delete(parent.id)
    this.#held.drop(parent.payloads)
    this.#ledger.hold(segment, parent.id) // the parent holds everything until both halves are over
    this.#families.split(
      parent.id,
      halves.map(([child]) => child.id),
    )
    for (const [child] of halves) {
      for (const number of [...child.extents.keys(), segment]) this.#ledger.hold(number, child.id)
      this.#shelf.add(child)
    }
    return halves.map(([child]) => child)
  }

  async flush(): Promise<void> {
    await this.recovered
    await this.#committer.flush()
  }

  get state(): JournalStats['state'] {
    return this.#committer.failed ? 'failed' : this.#roomWatch.room
  }

  /** An earlier life left something, and not all of it is known yet. */
  get #isReadingOn(): boolean {
    return this.#sealedMeanwhile !== undefined && this.#deps.recovery.segments.length > 0
  }

  stats(): JournalStats {
    const { closings, open } = this.#committer
    const oldestMs = Math.min(
      this.#shelf.oldestMs(),
      open.oldestMs(),
      ...(this.#sealedMeanwhile ?? []).map((batch) => batch.oldestMs),
      ...closings.map(({ batch }) => batch.oldestMs),
      this.#isReadingOn ? this.#openedMs : Infinity, // what is unread is older still
    )
    return {
      state: this.state,
      bytes: this.#ledger.bytes,
      segments: this.#ledger.count,
      oldestMs: Number.isFinite(oldestMs) ? oldestMs : undefined,
      openBatches: open.count + closings.length,
      sealedBatches: this.#shelf.size + (this.#sealedMeanwhile?.length ?? 0),
      queueBytes: this.#committer.queueBytes,
      syncCount: this.#syncCount,
      damagedRecords: this.#damagedRecords,
      tornTails: this.#deps.recovery.tornTails,
      deadLetters: this.deadLetters.letters.length,
      foldedResends: this.#deps.guard.folded,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#roomWatch[Symbol.dispose]()
    await this.recovered.catch(() => {}) // reported where it failed
    await this.#freer.stop()
    await this.#committer.stop()
    this.#shelf.close()
    await this.#cursor
      .write(() => this.#cursorNow({}))
      .catch((error: unknown) => {
        this.#deps.log.warn({ err: error }, 'The journal cursor could not be written')
      })
    await this.#deps.lock[Symbol.asyncDispose]()
  }

  #written(batch: OpenBatch, { bytes, receivedMs }: CheckedRequest, place: Place): void {
    const { segment, sequence, startBytes, endBytes } = place
    batch.firstSequence = Math.min(batch.firstSequence, sequence)
    batch.lastSequence = sequence
    batch.oldestMs = Math.min(batch.oldestMs, receivedMs)
    batch.extents.add(segment, startBytes, endBytes)
    this.#ledger.hold(segment, batch.id)
    if (!this.#isBehind) batch.payloads = this.#held.add(batch.payloads, bytes)
    else batch.payloads = this.#held.drop(batch.payloads)
  }

  /** ClickHouse is away, or slower than what arrives. */
  get #isBehind(): boolean {
    return this.#shelf.size > this.#deps.limits.waitingBatchesMax
  }

  /**
   * A batch is closed at its age, unless those before it wait for ClickHouse anyway: then it grows on,
   * to a bound, and an outage leaves a few good inserts behind instead of thousands of small ones.
   */
  #closeInTime(batch: OpenBatch): void {
    const { limits } = this.#deps
    const { open } = this.#committer
    setTimeout(
      () => {
        if (!open.has(batch)) return // full meanwhile
        if (this.#isBehind && batch.bytes < limits.waitingBatchBytesMax) this.#closeInTime(batch)
        else open.close(batch)
      },
      batchAgeMsOf(limits, open.count),
    ).unref()
  }

  #sealed(open: OpenBatch, seal: Seal, segment: number): void {
    const { projectNumber, oldestMs, payloads } = open
    const extents = open.extents.build()
    const parts = { seal, projectNumber, oldestMs, extents, payloads, mayBeStored: false }
    this.#ledger.hold(segment, open.id)
    this.#shelve(new JournalBatch(this.#batchDeps, parts))
  }

  #shelve(batch: JournalBatch): void {
    if (this.#sealedMeanwhile !== undefined) {
      this.#sealedMeanwhile.push(batch)
      return
    }
    this.#shelf.add(batch)
    // Their turn is far off: memory serves requests meanwhile, and the files serve them.
    if (this.#isBehind) for (const waiting of this.#shelf.all()) this.#held.drop(waiting.letGo())
  }

  async #recover(): Promise<void> {
    const { now, recovery } = this.#deps
    const isComplete = await recovery.readRest(() => this.#closed)
    if (!isComplete) return
    this.#damagedRecords += recovery.damagedRecords
    const usable = new Set(recovery.segments.map(({ number }) => number))
    for (const number of this.#ledger.heldBy(recoveryHold)) {
      if (!usable.has(number)) this.#ledger.remove(number)
    }
    await restoreBatches(
      {
        batchDeps: this.#batchDeps,
        ledger: this.#ledger,
        families: this.#families,
        now,
        seal: (closing) => this.#committer.seal(closing),
        shelve: (batch) => this.#shelf.add(batch),
      },
      recovery,
    )
    const meanwhile = this.#sealedMeanwhile ?? []
    this.#sealedMeanwhile = undefined
    for (const batch of meanwhile) this.#shelf.add(batch)
    this.#ledger.unhold(recoveryHold)
    await this.#freer.run()
  }

  async #end(id: bigint, notes: Note[]): Promise<void> {
    const batch = this.#shelf.get(id)
    if (batch === undefined) return
    this.#shelf.delete(id)
    this.#held.drop(batch.payloads)
    const over = this.#families.end(id)
    const done = this.#note(recordKinds.done, batch, encodeDone(over))
    const segment = await this.#writeEnd([...notes, done])
    for (const ended of over) this.#ledger.letGo(ended, segment)
    await this.#freer.run()
  }

  async #writeEnd(notes: Note[]): Promise<number | undefined> {
    try {
      await fault('journal.done')
      return await this.#committer.writeNotes(() => notes)
    } catch (error) {
      // Without it the next start counts the rows again, and finds them.
      this.#deps.log.warn({ err: error }, 'The end of a batch could not be journalled')
      return undefined
    }
  }

  async #newIds(): Promise<readonly [bigint, bigint]> {
    await this.#committer.writeNotes(() => []) // reserves
    return [this.#ids.take(), this.#ids.take()]
  }

  async #reserveIds(): Promise<void> {
    const block = this.#ids.nextBlock()
    await this.#cursor.write(
      () => this.#cursorNow({ block }),
      () => this.#ids.granted(block),
    )
  }

  #cursorNow({
    without = new Set(),
    block = { epoch: this.#ids.epoch, batchCeiling: this.#ids.ceiling },
  }: {
    without?: ReadonlySet<number>
    block?: Pick<Cursor, 'epoch' | 'batchCeiling'>
  }): Cursor {
    return {
      ...block,
      nextSequence: this.#records.nextSequence,
      nextSegment: this.#records.nextSegment,
      segments: this.#ledger.segments.filter((number) => !without.has(number)),
    }
  }

  #note(kind: number, { id, projectNumber }: Batch, payload: Buffer): Note {
    return { kind, projectNumber, batch: id, payload }
  }

  #batchCapabilities(): BatchDeps {
    const { disk, dir, log, countRows } = this.#deps
    return {
      disk,
      dir,
      countRows: (kind, bytes) => {
        try {
          return countRows(kind, bytes)
        } catch (error) {
          log.error({ err: error }, 'The rows of a journalled request cannot be counted')
          return {}
        }
      },
      damaged: (batch, requests) => {
        this.#damagedRecords += requests
        log.error({ batch: batch.toString(), requests }, 'Requests of a sealed batch are damaged')
      },
    }
  }

  #openRecordLog(): RecordLog {
    const { disk, dir, now, limits, recovery, onSync } = this.#deps
    const writer = new SegmentWriter({
      disk,
      dir,
      now,
      onSync: (durationMs) => {
        this.#syncCount++
        onSync?.(durationMs)
      },
    })
    return new RecordLog({
      writer,
      limits,
      nextSequence: recovery.nextSequence,
      nextSegment: recovery.nextSegment,
      epoch: () => this.#ids.epoch,
      now,
      aged: () => this.#committer.kick(),
      segments: {
        started: (segment, bytes) => this.#ledger.addSegment(segment, bytes, false),
        grew: (segment, bytes) => this.#ledger.grow(segment, bytes),
        ended: (segment) => {
          this.#ledger.closeSegment(segment)
          void this.#freer.run() // never rejects
        },
        aborted: (ranges, about, segment) => {
          for (const range of ranges) this.#ledger.keepAbort(range, about, segment)
        },
      },
    })
  }
}
