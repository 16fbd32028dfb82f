import { expect, test } from 'vitest'
import { batchDay, OpenBatches, type OpenBatch } from './open-batches.ts'
import { noon, request, today } from './testing.ts'

const dayMs = 86_400_000

function openBatches(limits = { batchBytesMax: 100, batchRowsMax: 10 }) {
  const closed: OpenBatch[] = []
  let id = 0n
  const newId = () => ++id
  const batches = new OpenBatches({
    limits,
    newId,
    opened: () => {},
    closed: (batch) => closed.push(batch),
  })
  return { batches, closed }
}

test.each([
  { differs: 'project', other: { projectNumber: 2 } },
  { differs: 'kind', other: { kind: 'logs' as const } },
  { differs: 'day', other: { day: today - 1 } },
])('requests of another $differs go into another batch', ({ other }) => {
  const { batches } = openBatches()
  const first = batches.assign(request('a'))
  expect(batches.assign(request('b', other))).not.toBe(first)
  expect(batches.assign(request('c'))).toBe(first)
})

test('the kinds of keys share a batch', () => {
  const { batches } = openBatches()
  expect(batches.assign(request('a', { keyId: 1 }))).toBe(
    batches.assign(request('b', { keyId: 2 })),
  )
})

test.each([
  { day: today, expected: today },
  { day: today - 7, expected: today - 7 },
  { day: today - 8, expected: 0 },
  { day: today + 1, expected: today + 1 },
  { day: today + 2, expected: 0 },
])('a day $day against today 20000 is batched under $expected', ({ day, expected }) => {
  expect(batchDay({ day, receivedMs: noon })).toBe(expected)
  expect(batchDay({ day, receivedMs: today * dayMs })).toBe(expected)
  expect(batchDay({ day, receivedMs: (today + 1) * dayMs - 1 })).toBe(expected)
})

test('a batch is closed when it reaches the bytes, and before it would pass them', () => {
  const { batches, closed } = openBatches()
  const full = batches.assign(request('x', { bytes: Buffer.alloc(100) }))
  expect(closed).toEqual([full])

  const first = batches.assign(request('x', { bytes: Buffer.alloc(60) }))
  const second = batches.assign(request('x', { bytes: Buffer.alloc(60) }))
  expect(closed).toEqual([full, first])
  expect(second.bytes).toBe(60)
})

test('a batch is closed by the rows of its largest table, not by their sum', () => {
  const { batches, closed } = openBatches()
  const rows = { otel_metrics_gauge: 6, otel_metrics_sum: 5 }
  const batch = batches.assign(request('x', { rows }))
  expect(closed).toEqual([])
  batches.assign(request('y', { rows }))
  expect(closed).toEqual([batch])
  expect(batch.rows).toEqual(new Map(Object.entries(rows)))
})

test('a request larger than a batch may be goes alone', () => {
  const { batches, closed } = openBatches()
  const small = batches.assign(request('x'))
  const large = batches.assign(request('y', { rows: { otel_traces: 50 } }))
  expect(closed).toEqual([small, large])
})

test('undoing leaves a batch as if the request had never been', () => {
  const { batches } = openBatches()
  const batch = batches.assign(request('x', { rows: { otel_traces: 2 } }))
  const other = request('yy', { rows: { otel_logs: 3 }, items: 3 })
  batches.assign(other)
  expect(batches.undo(batch, other)).toBe(false)
  expect(batch).toMatchObject({ requests: 1, items: 1, bytes: 2 })
  expect(batch.rows).toEqual(new Map([['otel_traces', 2]]))
})

test('a batch without members is forgotten', () => {
  const { batches, closed } = openBatches()
  const only = request('x')
  const batch = batches.assign(only)
  expect(batches.undo(batch, only)).toBe(true)
  expect(batches.count).toBe(0)
  batches.close(batch)
  expect(closed).toEqual([])
})
