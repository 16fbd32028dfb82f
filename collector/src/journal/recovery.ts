import type { Logger } from 'pino'
import type { Cursor } from './cursor.ts'
import type { DamageKeeper } from './damage.ts'
import type { Disk } from './disk.ts'
import { BatchGatherer } from './gather-batches.ts'
import { inTurns } from './in-turns.ts'
import type { JournalLimits } from './limits.ts'
import { listSegments, type SegmentOnDisk } from './list-segments.ts'
import { findMissing } from './missing-records.ts'
import { recordHeaderBytes, signalKindOf } from './record-header.ts'
import type { ResendGuard } from './resend-guard.ts'
import type { ScannedRecord } from './scan-segment.ts'
import { readSegment } from './read-segment.ts'
import { segmentName } from './segment-writer.ts'
import { SequenceSet } from './sequence-set.ts'

interface Deps {
  disk: Disk
  dir: string
  log: Logger
  damage: DamageKeeper
  cursor: Cursor | undefined
  limits: Pick<JournalLimits, 'resendTailMs' | 'resendTailBytesMax'>
  guard: Pick<ResendGuard, 'remember'>
}

/**
 * Finds the end of what an earlier life wrote, which is all that new requests have to wait for.
 *
 * @throws JournalTooNew
 */
export async function openRecovery(deps: Deps): Promise<Recovery> {
  const recovery = new Recovery(deps, await listSegments(deps))
  await recovery.readTail()
  return recovery
}

/**
 * Reads what an earlier life left, the newest segment first. Nothing in the files stops a start but
 * a newer format: what cannot be read is kept in `damaged/` and reported, and the rest is used.
 */
export class Recovery {
  readonly gathered = new BatchGatherer()
  readonly nextSegment: number
  nextSequence: number
  /** Records that were acknowledged, as far as can be told, and are gone. */
  damagedRecords = 0
  tornTails = 0
  readonly #deps: Deps
  readonly #files: readonly SegmentOnDisk[]
  readonly #unread: SegmentOnDisk[]
  readonly #sequences = new SequenceSet()
  readonly #unusable = new Set<number>()
  readonly #empty = new Set<number>()
  #isPastTail = false
  /** Arrival of the newest request; undefined until one was met. */
  #newestMs: number | undefined
  #oldest: { sequence: number; segment: number } | undefined

  constructor(deps: Deps, files: readonly SegmentOnDisk[]) {
    const { cursor } = deps
    this.#deps = deps
    this.#files = files
    this.#unread = [...files]
    this.nextSequence = cursor?.nextSequence ?? 1
    this.nextSegment = Math.max(cursor?.nextSegment ?? 1, ...files.map(({ number }) => number + 1))
  }

  /** Segments that are used or still to be read. */
  get segments(): readonly SegmentOnDisk[] {
    return this.#files.filter(({ number }) => !this.#unusable.has(number))
  }

  /**
   * Reads the newest segment that can be used, whose sequences are the highest, and as much before it
   * as may hold requests that are still waiting for their answer.
   */
  async readTail(): Promise<void> {
    const { resendTailBytesMax } = this.#deps.limits
    let isUsable = false
    let tailBytes = 0
    for (let file = this.#unread.at(-1); file !== undefined; file = this.#unread.at(-1)) {
      tailBytes += file.sizeBytes
      if (isUsable && (this.#isPastTail || tailBytes > resendTailBytesMax)) return
      this.#unread.pop()
      isUsable = (await this.#read(file, !isUsable)) || isUsable
    }
  }

  /** Reads the rest. @returns false where `isStopped` came first */
  async readRest(isStopped: () => boolean): Promise<boolean> {
    const next = { sequence: this.nextSequence, segment: this.nextSegment }
    for (let file = this.#unread.pop(); file !== undefined; file = this.#unread.pop()) {
      await this.#read(file)
      if (isStopped()) return false
    }
    this.#reportMissing(next)
    return true
  }

  /** @returns whether there was something in it */
  async #read(file: SegmentOnDisk, isNewest = false): Promise<boolean> {
    const read = await readSegment(this.#deps, file, isNewest)
    if (read === 'damaged') {
      this.#unusable.add(file.number)
      return false
    }
    if (!('scan' in read)) {
      // It stays until it is freed as others are: the cursor must not name what was removed.
      this.#empty.add(file.place)
      // One that was cut down to its header says where the missing ones began.
      this.#oldest = { sequence: read.firstSequence, segment: file.place }
      this.nextSequence = Math.max(this.nextSequence, read.firstSequence)
      return false
    }
    const { scan, bytes } = read
    const isFirst = ({ sequence }: { sequence: number }) =>
      this.#sequences.add(sequence, file.place)
    const fresh = scan.records.filter(({ header }) => isFirst(header))
    await inTurns(this.gathered.addSegment(file.number, fresh, bytes))
    // What may be lost again does not count as being there.
    if (isNewest && !read.isDurable) this.#isPastTail = true
    if (!this.#isPastTail) await inTurns(this.#guardResends(fresh, bytes))
    this.nextSequence = Math.max(this.nextSequence, (scan.highestSequence ?? 0) + 1)
    this.#oldest = { sequence: scan.header?.firstSequence ?? Infinity, segment: file.place }
    if (scan.tornFromBytes !== undefined) this.tornTails++
    return true
  }

  /** Remembers the bodies of the journal's last seconds, unless they were refused. */
  *#guardResends(records: readonly ScannedRecord[], bytes: Buffer): Generator<void, void> {
    const { guard, limits } = this.#deps
    const requests = records.filter(({ header }) => signalKindOf(header.kind) !== undefined)
    if (requests.length === 0) return
    this.#newestMs ??= requests.reduce((max, { header }) => Math.max(max, header.receivedMs), 0)
    const fromMs = this.#newestMs - limits.resendTailMs
    let hashedBytes = 0
    for (const { header, startBytes } of requests) {
      const kind = signalKindOf(header.kind)
      if (kind === undefined || header.receivedMs < fromMs) {
        this.#isPastTail = true
        continue
      }
      if (this.gathered.isAborted(header.sequence)) continue
      const payloadStart = startBytes + recordHeaderBytes
      const payload = bytes.subarray(payloadStart, payloadStart + header.payloadBytes)
      guard.remember({ kind, keyId: header.keyId, bytes: payload })
      hashedBytes += payload.length
      if (hashedBytes >= 2 ** 20) {
        hashedBytes = 0
        yield
      }
    }
  }

  #reportMissing(next: { sequence: number; segment: number }): void {
    const { cursor, log } = this.#deps
    const { records, segments } = findMissing({
      cursor,
      files: this.#files,
      empty: this.#empty,
      sequences: this.#sequences,
      aborts: this.gathered.aborts.map(({ value }) => value),
      oldest: this.#oldest,
      next,
    })
    for (const { first, last } of records) {
      log.error({ firstSequence: first, lastSequence: last }, 'Journal records are missing')
    }
    for (const number of segments) {
      log.error({ segment: segmentName(number) }, 'A journal segment is missing')
    }
    this.damagedRecords = records.reduce((sum, { first, last }) => sum + last - first + 1, 0)
    this.damagedRecords += segments.length
  }
}
