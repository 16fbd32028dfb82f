import type { TraceSpan } from '@aftermath/schemas/api/traces'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { spanTree, unfolded } from './span-tree.ts'

const span = (spanId: string, parentSpanId = '', offsetNs = 0): TraceSpan => ({
  spanId,
  parentSpanId,
  offsetNs,
  name: spanId,
  service: 'shop',
  kind: 'Internal',
  durationNs: 1,
  failed: false,
  events: 0,
  links: 0,
})
const drawn = (spans: TraceSpan[], folded: number[] = []) =>
  unfolded(spanTree(spans), new Set(folded)).map(
    ({ span: { spanId }, depth, below, isOrphan }) =>
      `${'.'.repeat(depth)}${spanId}${below > 0 ? `+${below}` : ''}${isOrphan ? '?' : ''}`,
  )

test('puts each span below its parent, siblings by start', () => {
  const spans = [span('a'), span('b', 'a'), span('c', 'a'), span('d', 'b')]
  expect(drawn(spans)).toEqual(['a+3', '.b+1', '..d', '.c'])
  expect(drawn(spans, [1])).toEqual(['a+3', '.b+1', '.c'])
  expect(drawn(spans, [0])).toEqual(['a+3'])
})

test('keeps spans whose parent is missing, that are their own parent, or go in a circle', () => {
  expect(drawn([span('a', 'gone'), span('b', 'a')])).toEqual(['a+1?', '.b'])
  expect(drawn([span('a', 'a')])).toEqual(['a?'])
  expect(drawn([span('a', 'b'), span('b', 'a')])).toEqual(['a+1?', '.b'])
})

test('keeps each of several spans with one id, children with the first', () => {
  expect(drawn([span('a'), span('a'), span('b', 'a')])).toEqual(['a+1', '.b', 'a'])
})

test('holds every span once, whatever the parents are', () => {
  const id = fc.constantFrom('', 'a', 'b', 'c', 'd', 'e', 'f')
  fc.assert(
    fc.property(fc.array(fc.tuple(id, id), { maxLength: 30 }), (ids) => {
      const rows = spanTree(ids.map(([own, parent]) => span(own, parent)))
      expect(rows.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual(ids.map((_, at) => at))
      rows.forEach(({ depth, below }, i) => {
        const inside = rows.slice(i + 1, i + 1 + below)
        expect(inside.every((row) => row.depth > depth)).toBe(true)
        expect(rows[i + 1 + below]?.depth ?? 0).toBeLessThanOrEqual(depth)
      })
    }),
  )
})

test('takes a chain of 20,000 spans', () => {
  const spans = Array.from({ length: 20_000 }, (_, at) =>
    span(String(at), at === 0 ? '' : String(at - 1)),
  )
  expect(spanTree(spans).at(-1)?.depth).toBe(19_999)
  expect(spanTree(spans)[0]?.below).toBe(19_999)
})
