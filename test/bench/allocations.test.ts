import { expect, test } from 'vitest'
import { allocatedMb } from './allocations.ts'

const output = `
[41:0x2a]     100 ms: Scavenge 10.0 (20.0) -> 4.0 (20.0) MB, pooled: 0 MB, 1.2 / 0.0 ms
[41:0x2a]     200 ms: Scavenge 12.5 (20.0) -> 5.0 (20.0) MB, pooled: 0 MB, 1.2 / 0.0 ms
[41:0x9f]     210 ms: Scavenge 99.0 (20.0) -> 1.0 (20.0) MB, pooled: 0 MB, 1.2 / 0.0 ms
{"level":"info","msg":"a line of the program"}
[41:0x2a]     300 ms: Mark-Compact (reduce) 9.0 (20.0) -> 3.0 (20.0) MB, pooled: 0 MB, 4 / 0 ms
[41:0x9f]     310 ms: Scavenge 1.5 (20.0) -> 1.0 (20.0) MB, pooled: 0 MB, 1.2 / 0.0 ms
[41:0x2a]     900 ms: Scavenge 50.0 (20.0) -> 3.0 (20.0) MB, pooled: 0 MB, 1.2 / 0.0 ms
`

test('each heap counts for itself, from its second collection on, within the time', () => {
  expect(allocatedMb(output, 0, 500)).toBeCloseTo(8.5 + 4 + 0.5, 9)
  expect(allocatedMb(output, 250, 500)).toBeCloseTo(4 + 0.5, 9)
})
