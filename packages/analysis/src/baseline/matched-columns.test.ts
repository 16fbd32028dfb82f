import { expect, test } from 'vitest'
import { joinColumns, matchedColumns } from './matched-columns.ts'
import { BASELINE, MATCHED } from '../counts/minute-columns.ts'
import type { MinuteColumns } from '../counts/minute-columns.ts'

function rows(operations: string[], minutes: number[]): MinuteColumns {
  const counts = () => Float64Array.from(minutes, (minute) => minute % 100)
  return {
    operations,
    minute: Int32Array.from(minutes),
    operation: Uint16Array.from(minutes, (_, k) => k % operations.length),
    arm: new Uint8Array(minutes.length).fill(BASELINE),
    requests: counts(),
    failures: counts(),
    slow50: counts(),
    slow95: counts(),
    slow99: counts(),
  }
}

test('earlier weeks stand at the minutes they are compared with', () => {
  const pairs = [
    { fromMinute: 30_000, untilMinute: 30_002, minutesBack: 10_080 },
    { fromMinute: 30_002, untilMinute: 30_004, minutesBack: 20_160 },
  ]
  const matched = matchedColumns(pairs, [
    rows(['a', 'b'], [19_920, 19_921]),
    rows(['b'], [9_842, 9_843]),
  ])
  expect([...matched.minute]).toEqual([30_000, 30_001, 30_002, 30_003])
  expect(Array.from(matched.operation, (index) => matched.operations[index])).toEqual([
    'a',
    'b',
    'b',
    'b',
  ])
  expect(new Set(matched.arm)).toEqual(new Set([MATCHED]))
  expect([...matched.requests]).toEqual([20, 21, 42, 43])
})

test('joining keeps every row of every part', () => {
  const one = rows(['a', 'b'], [1, 2, 3])
  const two = rows(['c', 'a'], [4, 5])
  const joined = joinColumns([one, rows(['z'], []), two])
  const named = (part: MinuteColumns) =>
    Array.from(part.minute, (minute, row) => [minute, part.operations[part.operation[row]!]])
  expect(named(joined)).toEqual([...named(one), ...named(two)])
  expect(joinColumns([one, rows(['z'], [])])).toBe(one)
})
