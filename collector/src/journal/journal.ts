import { dirname } from 'node:path'
import type { Logger } from 'pino'
import type { Batch } from './batch.ts'
import type { CheckedRequest } from './checked-request.ts'
import { readCursor } from './cursor.ts'
import { DamageKeeper } from './damage.ts'
import type { Burial, DeadLetters } from './dead-letters.ts'
import { nodeDisk, type Disk } from './disk.ts'
import type { CountRows } from './journal-batch.ts'
import { defaultLimits, type JournalLimits } from './limits.ts'
import { OpenedJournal } from './opened-journal.ts'
import { openRecovery } from './recovery.ts'
import { ResendGuard } from './resend-guard.ts'
import { chooseMarks, type Room } from './room.ts'

export type { Batch } from './batch.ts'
export type { CheckedRequest, RowCounts, SignalKind } from './checked-request.ts'
export type { DeadLetter } from './dead-letters.ts'
export type { Disk } from './disk.ts'
export { JournalBroken, JournalLocked, JournalTooNew } from './journal-errors.ts'
export type { JournalLimits } from './limits.ts'

/**
 * The write-ahead journal between sender and ClickHouse.
 *
 * Invariant: a request whose `append` resolved `durable` reaches ClickHouse exactly once, whatever
 * dies between. A request never spans segments, so a stored segment is removed whole.
 */
export interface Journal extends AsyncDisposable {
  /**
   * Resolves when the flush carrying the request is on disk. Takes ownership of `request.bytes`.
   * @throws JournalBroken when fsync fails: what the file holds is then unknown
   */
  append(request: CheckedRequest): Promise<AppendOutcome>

  /**
   * The answer to a request was not handed to its socket: when an equal body comes within ten
   * minutes, it is the same request.
   * @param appended what `append` returned, settled or not
   */
  undelivered(request: CheckedRequest, appended: Promise<AppendOutcome>): void

  /**
   * Sealed batches, oldest first; waits for the next one until aborted. Each call starts again
   * from the oldest batch that was not released.
   */
  sealed(signal: AbortSignal): AsyncIterable<Batch>

  /**
   * Resolves when all that an earlier life left was read: from then on batches are handed out, and
   * `stats` is complete. Rejects when the disk fails under it; so does `sealed` then.
   */
  readonly recovered: Promise<void>

  /** Forgets a batch. Call when its rows were counted; a segment goes with the last of its batches. */
  release(batch: Batch): Promise<void>

  /** Gives a batch up that ClickHouse will never take: its bytes go to `dead/`, then as `release`. */
  bury(batch: Batch, reason: Burial): Promise<void>

  /** Batches that were buried. */
  readonly deadLetters: Pick<
    DeadLetters,
    'letters' | 'read' | 'noteReplay' | 'remove' | 'removeExcess'
  >

  /**
   * Closes a batch of which nothing is stored and hands out its halves under ids of their own.
   * A batch of one request cannot be split: the answer is empty and the batch stays.
   */
  split(batch: Batch): Promise<Batch[]>

  /** Seals every open batch now. */
  flush(): Promise<void>

  /** Whether requests are taken at the moment; costs nothing to ask. */
  readonly state: JournalStats['state']

  stats(): JournalStats
}

export type AppendOutcome =
  | { outcome: 'durable'; segment: bigint; offsetBytes: number }
  | { outcome: 'folded' } // it is in the journal already, from an attempt whose answer was lost
  | { outcome: 'full'; retryAfterMs: number } // nothing written; the sender keeps its data

export interface JournalStats {
  /** `disk_full` and `journal_full` answer `full`; `failed` throws. Each ends by itself. */
  state: Room | 'failed'
  bytes: number
  segments: number
  /** Arrival of the oldest request that is not yet released. */
  oldestMs: number | undefined
  openBatches: number
  sealedBatches: number
  queueBytes: number
  syncCount: number
  /** Records lost to damage, of those this start could tell. */
  damagedRecords: number
  /** Ends of files that a crash left incomplete; never acknowledged. */
  tornTails: number
  deadLetters: number
  /** Requests that were taken for one that is there already. */
  foldedResends: number
}

export interface JournalDeps {
  /** Made if it is missing. Everything in it is the journal's. */
  dir: string
  log: Logger
  /** Wall clock in ms, for labels only. */
  now: () => number
  /** A pure function of the bytes: rows by table that a request becomes. */
  countRows: CountRows
  limits?: Partial<JournalLimits>
  disk?: Disk
  /** Told how long each fsync took. */
  onSync?: (durationMs: number) => void
}

/**
 * Takes the journal in `dir` for this process. Requests are taken from then on, while what an
 * earlier life left is still being read.
 *
 * @throws JournalLocked when another process has it, JournalTooNew when a newer program wrote it
 */
export async function openJournal(deps: JournalDeps): Promise<Journal> {
  const { dir, log, now, disk = nodeDisk } = deps
  const limits = { ...defaultLimits, ...deps.limits }
  await disk.makeDirectory(dir)
  await disk.syncDirectory(dirname(dir))
  const lock = await disk.lock(dir)
  try {
    const damage = new DamageKeeper({ disk, dir, log, damagedBytesMax: limits.damagedBytesMax })
    const read = await readCursor(disk, dir)
    if (read === 'damaged') await damage.move('cursor')
    const cursor = read === 'damaged' ? undefined : read
    const guard = new ResendGuard({
      now,
      ageMs: limits.resendAgeMs,
      entriesMax: limits.resendBodiesMax,
    })
    const recovery = await openRecovery({ disk, dir, log, damage, cursor, limits, guard })
    const marks = chooseMarks(limits, await disk.space(dir))
    const journal = new OpenedJournal({
      ...deps,
      disk,
      limits,
      cursor,
      recovery,
      guard,
      marks,
      lock,
    })
    await journal.start()
    return journal
  } catch (error) {
    await lock[Symbol.asyncDispose]()
    throw error
  }
}
