import { forEachItem } from './items.ts'
import type { SignalKind } from './schema.ts'
import type { RowCounts } from './tables.ts'

/**
 * Rows that checked bytes make, by table: what `checkRequest` said of them, without checking again.
 *
 * @param bytes as `checkRequest` gave them
 */
export function countRows(kind: SignalKind, bytes: Uint8Array): RowCounts {
  const rows: RowCounts = {}
  forEachItem(kind, bytes, (table) => {
    rows[table] = (rows[table] ?? 0) + 1
  })
  return rows
}
