import type { PairedWindow } from './choose-baseline.ts'
import { MATCHED } from '../counts/minute-columns.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'

/**
 * The baseline's minutes of earlier weeks, at the minutes of the comparison they stand beside.
 *
 * @param columns the baseline's rows in each of the windows, moved back by `minutesBack`, in the order
 *   of `pairs`; all name the same operations or some of them
 */
export function matchedColumns(pairs: PairedWindow[], columns: MinuteColumns[]): MinuteColumns {
  return joinColumns(
    columns.map((own, k) => {
      const { minutesBack } = pairs[k]!
      return {
        ...own,
        minute: own.minute.map((minute) => minute + minutesBack),
        arm: new Uint8Array(own.arm.length).fill(MATCHED),
      }
    }),
  )
}

/** Rows of all, one after the other. */
export function joinColumns(all: MinuteColumns[]): MinuteColumns {
  const parts = all.filter(({ minute }) => minute.length > 0)
  if (parts.length === 1) return parts[0]! // two weeks of many operations are not copied for nothing
  const operations = [...new Set(parts.flatMap((part) => part.operations))]
  const place = new Map(operations.map((name, index) => [name, index]))
  const rows = parts.reduce((sum, { minute }) => sum + minute.length, 0)
  const joined: MinuteColumns = {
    operations,
    minute: new Int32Array(rows),
    operation: new Uint16Array(rows),
    arm: new Uint8Array(rows),
    requests: new Float64Array(rows),
    failures: new Float64Array(rows),
    slow50: new Float64Array(rows),
    slow95: new Float64Array(rows),
    slow99: new Float64Array(rows),
  }
  let at = 0
  for (const part of parts) {
    const places = part.operations.map((name) => place.get(name)!)
    joined.minute.set(part.minute, at)
    joined.operation.set(
      part.operation.map((operation) => places[operation]!),
      at,
    )
    joined.arm.set(part.arm, at)
    joined.requests.set(part.requests, at)
    joined.failures.set(part.failures, at)
    joined.slow50.set(part.slow50, at)
    joined.slow95.set(part.slow95, at)
    joined.slow99.set(part.slow99, at)
    at += part.minute.length
  }
  return joined
}
