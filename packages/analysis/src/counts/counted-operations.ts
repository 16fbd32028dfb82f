import type { OperationHistogram } from '../latency/latency-thresholds.ts'
import { matchesOperation } from './matches-operation.ts'
import type { MinuteColumns } from './minute-columns.ts'
import type { Policy } from '../policy/policy.ts'

/** Counts without the operations that nobody waits for. */
export function countedColumns(columns: MinuteColumns, policy: Policy): MinuteColumns {
  const isIgnored = matchesOperation(policy.ignoredOperations)
  const ignored = columns.operations.map(isIgnored)
  if (!ignored.includes(true)) return columns
  const keeps = (_: unknown, row: number) => !ignored[columns.operation[row]!]
  return {
    operations: columns.operations,
    minute: columns.minute.filter(keeps),
    operation: columns.operation.filter(keeps),
    arm: columns.arm.filter(keeps),
    requests: columns.requests.filter(keeps),
    failures: columns.failures.filter(keeps),
    slow50: columns.slow50.filter(keeps),
    slow95: columns.slow95.filter(keeps),
    slow99: columns.slow99.filter(keeps),
  }
}

/** Durations without the operations that nobody waits for. */
export function countedHistograms(
  rows: OperationHistogram[],
  policy: Policy,
): OperationHistogram[] {
  const isIgnored = matchesOperation(policy.ignoredOperations)
  return rows.filter(({ operation }) => !isIgnored(operation))
}
