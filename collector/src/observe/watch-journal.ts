import type { Journal } from '../journal/journal.ts'
import type { Metrics } from './metrics.ts'

/** The journal's own figures, read when somebody asks. */
export function watchJournal(
  metrics: Pick<Metrics, 'watch' | 'watchTotal' | 'watchStates'>,
  journal: Pick<Journal, 'stats'>,
  oldestSeconds: () => number,
): void {
  metrics.watch('journal_bytes', 'Size of the journal on disk.', () => journal.stats().bytes)
  metrics.watch('journal_segments', 'Files of the journal.', () => journal.stats().segments)
  metrics.watch(
    'journal_oldest_seconds',
    'Age of the oldest request in the journal that is not stored yet; 0 when there is none.',
    oldestSeconds,
  )
  metrics.watchStates(
    'journal_units',
    'Batches in the journal: open ones take requests, sealed ones wait for ClickHouse.',
    () => {
      const { openBatches, sealedBatches } = journal.stats()
      return { open: openBatches, sealed: sealedBatches }
    },
  )
  metrics.watchTotal(
    'journal_damaged_records_total',
    'Records lost to damage, as far as this start could tell.',
    () => journal.stats().damagedRecords,
  )
  metrics.watchTotal(
    'journal_torn_tail_total',
    'Ends of files that a crash left incomplete; never acknowledged.',
    () => journal.stats().tornTails,
  )
  metrics.watchTotal(
    'resend_folded_total',
    'Requests that were in the journal already, from an attempt whose answer was lost.',
    () => journal.stats().foldedResends,
  )
}
