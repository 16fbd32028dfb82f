import type { Batch } from './batch.ts'
import type { CheckedRequest } from './checked-request.ts'

export type { Batch } from './batch.ts'
export type { CheckedRequest, RowCounts, SignalKind } from './checked-request.ts'

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
   * Sealed batches, oldest first; waits for the next one until aborted. Each call starts again
   * from the oldest batch that was not released.
   */
  sealed(signal: AbortSignal): AsyncIterable<Batch>

  /** Forgets a batch. Call when its rows were counted; a segment goes with the last of its batches. */
  release(batch: Batch): Promise<void>

  /** Gives a batch up that ClickHouse will never take: its bytes go to `dead/`, then as `release`. */
  bury(batch: Batch, reason: BurialReason): Promise<void>

  /**
   * Closes a batch of which nothing is stored and hands out its halves under ids of their own.
   * A batch of one request cannot be split: the answer is empty and the batch stays.
   */
  split(batch: Batch): Promise<Batch[]>

  /** Seals every open batch now. */
  flush(): Promise<void>

  stats(): JournalStats
}

export type AppendOutcome =
  | { outcome: 'durable'; segment: bigint; offsetBytes: number }
  | { outcome: 'full'; retryAfterMs: number } // nothing written; the sender keeps its data

export interface BurialReason {
  /** ClickHouse's error number, if it gave one. */
  code: number | undefined
  message: string
}

export interface JournalStats {
  /** `disk_full` and `journal_full` answer `full`; `failed` throws. Each ends by itself. */
  state: 'open' | 'disk_full' | 'journal_full' | 'failed'
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
}
