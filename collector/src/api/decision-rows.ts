import { isRight, outcomeOf, type CheckedRelease } from '@aftermath/analysis/verdict/calibration'
import { UNDO_SECONDS, type Decision, type LedgerEntry } from '@aftermath/schemas/api/decisions'
import type { VerdictState } from '@aftermath/schemas/verdict'
import type { StoredDecision } from '../releases/decisions.ts'

export const UNDO_MS = UNDO_SECONDS * 1000

export function decisionOf(row: StoredDecision): Decision {
  const { id, service, environment, version, action, reason, by, via, verdict } = row
  return {
    id,
    service,
    environment,
    version,
    action,
    reason,
    by,
    via,
    decidedAt: new Date(row.decidedMs).toISOString(),
    verdict,
    severity: row.severity === '' ? null : row.severity,
    judgedAt: row.judgedMs === null ? null : new Date(row.judgedMs).toISOString(),
    override: isOverride(row),
    undoneAt: row.undoneMs === null ? null : new Date(row.undoneMs).toISOString(),
    undoableUntil: new Date(row.decidedMs + UNDO_MS).toISOString(),
  }
}

/** Going on against a warning, or stopping what was said to be fine. */
export function isOverride({ action, verdict }: Pick<StoredDecision, 'action' | 'verdict'>) {
  if (action === 'uat') return false
  const warned = verdict === 'roll_back' || verdict === 'patch'
  return action === 'accept' ? warned : verdict === 'ship' || verdict === 'watch'
}

/** @param release what became of it; undefined for one that never sent anything */
export function ledgerEntryOf(
  row: StoredDecision,
  release: CheckedRelease | undefined,
  nowMs: number,
): LedgerEntry {
  return { ...decisionOf(row), outcome: outcomeFor(row, release, nowMs) }
}

function outcomeFor(
  { verdict, decidedMs }: { verdict: VerdictState; decidedMs: number },
  release: CheckedRelease | undefined,
  nowMs: number,
): LedgerEntry['outcome'] {
  if (release === undefined) return { advice: 'no_claim', because: 'It has sent nothing yet.' }
  const { harmful, because } = outcomeOf(release, decidedMs, nowMs)
  if (isRight(verdict, true) === undefined) return { advice: 'no_claim', because }
  if (harmful === null) return { advice: 'open', because }
  return { advice: isRight(verdict, harmful) === true ? 'right' : 'wrong', because }
}
