import type { RowCounts, SignalKind } from './checked-request.ts'

/**
 * What one insert carries: the checked bytes of requests of one project, kind and UTC day.
 * Once sealed its members never change, so its rows can be counted by its id.
 */
export interface Batch {
  /** Value of the column `_batch`: journal epoch in the upper 32 bits, counter in the lower. */
  readonly id: bigint
  readonly kind: SignalKind
  readonly projectNumber: number
  /** UTC day in days since 1970-01-01; 0 where days older than a week share a batch. */
  readonly day: number
  readonly items: number
  readonly bytes: number
  readonly requests: number
  /** Rows expected by table once everything in the batch is stored. */
  readonly rows: RowCounts
  /** Rows by table from what `stream` still finds: `rows`, less what the disk damaged. */
  readonly survivingRows: RowCounts
  /**
   * Members are gone or may be. Then a count of at least `survivingRows` means that the batch was
   * stored before the damage; fewer, that it has to be cleaned and what is left inserted.
   * This and `survivingRows` are final once `stream` came to its end.
   */
  readonly isDamaged: boolean
  /** An earlier attempt may have stored it: count its rows before sending. */
  readonly mayBeStored: boolean
  readonly sealedMs: number
  /** When its first request arrived. */
  readonly oldestMs: number
  /**
   * The requests' bytes in the order of arrival, in pieces of whole requests: concatenated they are one
   * OTLP message. Read from the files as they are asked for.
   */
  stream(): AsyncIterable<Uint8Array>
}
