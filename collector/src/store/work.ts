import type { Batch } from '../journal/journal.ts'
import type { DirtyMark } from './dirty-minutes.ts'
import { insertStatements } from './decode/insert-statements.ts'
import { noFailures, type Failures } from './error-class.ts'

/** A batch on its way into its tables. */
export interface Work {
  readonly id: bigint
  readonly batch: Batch
  readonly database: string
  /** One per table. */
  readonly tables: readonly Unit[]
  /** It was split, buried, or its project deleted: nothing of it is sent any more. */
  isOver: boolean
  /** An attempt was made again though an earlier one may still be on its way to ClickHouse. */
  isInDoubt: boolean
  /** The unit that gives the whole batch up; the others leave it to that one. */
  givenUpBy: Unit | undefined
  /** Minutes that its rows fall into, by table, once they were looked up. */
  minutes: ReadonlyMap<string, readonly number[]> | undefined
}

/** One table's share of a batch. */
export interface Unit {
  readonly work: Work
  readonly queue: string
  readonly table: string
  readonly query: string
  /** Begins the id of each of its attempts, in every life. */
  readonly queryIdPrefix: string
  readonly holds: (rows: number) => boolean
  /** Rows that it shall have: final once the batch was read. */
  readonly rows: () => number
  attempts: number
  /** Times that its table did not hold what it said that it had written. */
  mismatches: number
  failures: Failures
  /** An attempt was made whose end is not known: count before anything else. */
  isUnsettled: boolean
  isStored: boolean
  /** One part per partition: its rows have too many days for one block. */
  isParted: boolean
  /** What `engineCrashes` said before the last attempt. */
  crashesBefore: number
  /** Why the last attempt failed, until it is decided what follows. */
  failure: unknown
  /** It cannot be stored as it is. */
  surrender: { split: boolean; error: unknown } | undefined
  mark: DirtyMark | undefined
  readonly isSuspect: boolean
}

/** What is to be done for a batch: a unit for each table that it has rows for. */
export function planWork(batch: Batch, database: string): Work {
  const tables: Unit[] = []
  const work: Work = {
    id: batch.id,
    batch,
    database,
    tables,
    isOver: false,
    isInDoubt: false,
    givenUpBy: undefined,
    minutes: undefined,
  }
  const { id, kind, projectNumber } = batch
  for (const { table, query } of insertStatements(kind, { database, batch: id })) {
    const rows = () => (batch.isDamaged ? batch.survivingRows : batch.rows)[table] ?? 0
    if (rows() === 0) continue
    tables.push({
      work,
      queue: `${projectNumber} ${table}`,
      table,
      query,
      queryIdPrefix: `${id >> 32n}-${id & 0xffff_ffffn}-${table}-`,
      rows,
      // Of a batch that the disk damaged later, more may be stored than can still be read.
      holds: (count) => count === rows() || (batch.isDamaged && count > rows()),
      attempts: 0,
      mismatches: 0,
      failures: noFailures(),
      isUnsettled: batch.mayBeStored,
      isStored: false,
      isParted: false,
      crashesBefore: 0,
      failure: undefined,
      surrender: undefined,
      mark: undefined,
      get isSuspect() {
        return this.failures.crashes > 0
      },
    })
  }
  return work
}
