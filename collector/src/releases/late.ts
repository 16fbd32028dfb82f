/** What came for minutes that may have been read before. */
export interface Late {
  /** When it last came, by the database's clock; 0 for never. */
  lastLateMs: number
  /** Grows with every insert of it. */
  lateCount: number
}

/** An insert shows in one table a little before the other. */
const MARGIN_MS = 3000

/** Whether what was read at `readMs`, when `before` was known, may lack something that is there now. */
export function isOutdated(before: Late, readMs: number, now: Late): boolean {
  return now.lateCount !== before.lateCount || now.lastLateMs + MARGIN_MS > readMs
}
