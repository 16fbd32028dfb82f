const MiB = 2 ** 20
const GiB = 2 ** 30

/** Every bound of the journal. Tests make them small; the product uses the defaults. */
export interface JournalLimits {
  /** What one write and one fsync carry at most; a larger request goes alone. */
  groupBytesMax: number
  groupRequestsMax: number
  /** Requests waiting for the disk; beyond, `append` answers `full`. */
  queueBytesMax: number
  segmentBytesMax: number
  segmentAgeMs: number
  batchBytesMax: number
  /** Rows of one table: what one insert writes as one block, hence one part. */
  batchRowsMax: number
  batchAgeMs: number
  /** With more open batches than these their age grows in proportion: the inserts a second stay. */
  batchesPerAge: number
  /** With more than these not yet stored, none is kept in memory, and an open one grows past its age … */
  waitingBatchesMax: number
  /** … up to this: an insert holds its batch in memory, and several run at once. */
  waitingBatchBytesMax: number
  /** Payloads kept in memory for the store; beyond, they are read from the files again. */
  heldBytesMax: number
  /** Undefined: a quarter of the free space, 20 GiB at most. */
  journalBytesMax: number | undefined
  /** Undefined: 5 % of the disk, between 2 and 10 GiB. */
  freeBytesMin: number | undefined
  diskCheckMs: number
  /** What a refused sender is told to wait. */
  retryAfterMs: number
  /** Pause between attempts after the disk failed twice in a row. */
  brokenRetryMs: number
  /** How long an equal body counts as the same request, once its answer was lost. */
  resendAgeMs: number
  /** Bodies remembered for that; about 200 bytes each. */
  resendBodiesMax: number
  /** At a start: so much of the journal's end may hold requests that had no answer. */
  resendTailMs: number
  resendTailBytesMax: number
  /** Copies of damaged ranges and files in `damaged/`; beyond, damage is only reported. */
  damagedBytesMax: number
  /** Dead letters beyond are removed, the oldest first, and counted. */
  deadBytesMax: number
  deadAgeMsMax: number
}

export const defaultLimits: JournalLimits = {
  groupBytesMax: 8 * MiB,
  groupRequestsMax: 1024,
  queueBytesMax: 16 * MiB,
  segmentBytesMax: 64 * MiB,
  segmentAgeMs: 60_000,
  batchBytesMax: 64 * MiB,
  batchRowsMax: 128_000,
  batchAgeMs: 1000,
  batchesPerAge: 10, // a tiny insert of spans takes about 0.1 s of a core
  waitingBatchesMax: 32,
  waitingBatchBytesMax: 8 * MiB,
  heldBytesMax: 32 * MiB,
  journalBytesMax: undefined,
  freeBytesMin: undefined,
  diskCheckMs: 500,
  retryAfterMs: 2000,
  brokenRetryMs: 5000,
  resendAgeMs: 600_000,
  resendBodiesMax: 100_000,
  resendTailMs: 30_000,
  resendTailBytesMax: 256 * MiB, // half a second of reading and hashing
  damagedBytesMax: 256 * MiB,
  deadBytesMax: GiB,
  deadAgeMsMax: 30 * 86_400_000,
}

/** Free space below which nothing is taken in. */
export function freeBytesMark(totalBytes: number): number {
  return Math.max(2 * GiB, Math.min(totalBytes * 0.05, 10 * GiB))
}

/** How large the journal may grow, from the space that is free when it opens. */
export function journalBytesMark(freeBytes: number): number {
  return Math.min(20 * GiB, freeBytes / 4)
}

/** How old a batch grows that is opened as one of `open`. */
export function batchAgeMsOf(
  { batchAgeMs, batchesPerAge }: Pick<JournalLimits, 'batchAgeMs' | 'batchesPerAge'>,
  open: number,
): number {
  return batchAgeMs * Math.max(1, open / batchesPerAge)
}
