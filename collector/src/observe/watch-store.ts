import type { Journal } from '../journal/journal.ts'
import type { Store } from '../store/store.ts'
import type { Metrics } from './metrics.ts'

/** What the store has at hand, read when somebody asks. */
export function watchStore(
  metrics: Pick<Metrics, 'watchStates'>,
  journal: Pick<Journal, 'deadLetters'>,
  store: Pick<Store, 'facts'>,
): void {
  metrics.watchStates(
    'store_units',
    'Shares of batches, one per table: those that wait, are being written, or wait for a person.',
    () => {
      const { waitingUnits, unitsInFlight, held } = store.facts()
      return { waiting: waitingUnits, in_flight: unitsInFlight, held_tables: held.length }
    },
  )
  metrics.watchStates(
    'rollup_dirty_minutes',
    'Minutes whose roll-ups are to be counted again, by the table they are made from.',
    () => store.facts().dirtyMinutes,
    'table',
  )
  metrics.watchStates(
    'dead_letters',
    'Batches that ClickHouse would not take, and that are kept, by number of the project.',
    () => {
      const counts: Record<string, number> = {}
      for (const { projectNumber } of journal.deadLetters.letters) {
        counts[projectNumber] = (counts[projectNumber] ?? 0) + 1
      }
      return counts
    },
    'project',
  )
}
