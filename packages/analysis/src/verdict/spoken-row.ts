import type { Evidence, VerdictState } from '@aftermath/schemas/verdict'
import { badness } from '../signals/signal-words.ts'

/**
 * The row of evidence that a verdict's sentence is about: what is worse, else what looks worst.
 * Rows are as `evidenceRows` orders them, the whole service first.
 */
export function spokenRow(verdict: VerdictState, rows: readonly Evidence[]): Evidence | undefined {
  switch (verdict) {
    case 'roll_back':
    case 'patch':
    case 'watch':
      return worstRow(rows) ?? mostSuspect(rows)
    case 'ship':
    case 'insufficient_data':
      return rows[0]
  }
}

/** Errors before latency, and the one operation that explains it before the service. */
function worstRow(rows: readonly Evidence[]): Evidence | undefined {
  const worse = rows.filter((row) => row.conclusion === 'worse')
  const failing = worse.filter((row) => row.signal === 'error_rate')
  const pool = failing.length > 0 ? failing : worse
  const ofOperations = pool.filter((row) => row.scope.operation !== null)
  const operations = new Set(ofOperations.map((row) => row.scope.operation))
  const lone = operations.size === 1 ? ofOperations : []
  const service = pool.filter((row) => row.scope.operation === null)
  const strongest = [...(lone.length > 0 ? lone : service)].toSorted((a, b) => b.logE - a.logE)[0]
  // Of errors the one that is named says more than all of them.
  const issues = pool.filter((row) => row.scope.issue !== null)
  if (strongest?.signal === 'issues' && issues.length > 0) {
    return issues.toSorted((a, b) => b.logE - a.logE)[0]
  }
  return strongest ?? pool[0]
}

/** A held verdict may outlive what made it; then its largest effect is told. */
function mostSuspect(rows: readonly Evidence[]): Evidence | undefined {
  return rows
    .filter((row) => badness(row) > 0)
    .toSorted((a, b) => b.weightedLogE - a.weightedLogE)[0]
}
